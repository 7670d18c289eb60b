// Cells of a table as values and back, whatever the locale.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <type_traits>

namespace kx_host {

/// A cell is not what its column takes; says what it is.
class CellError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Whether a cell is spelled as a number: decimal digits, a point, an exponent; inf, infinity, nan.
bool is_number(const std::string& cell);

/// Reads a cell. Integers are exact, and may be spelled 3.0 or 1e3; truths are 0, 1, True, False.
/// A number that is too large for its type is none. Throws CellError.
void read(const std::string& cell, bool& value);
void read(const std::string& cell, float& value);
void read(const std::string& cell, double& value);
void read(const std::string& cell, std::int8_t& value);
void read(const std::string& cell, std::int16_t& value);
void read(const std::string& cell, std::int32_t& value);
void read(const std::string& cell, std::int64_t& value);
void read(const std::string& cell, std::uint8_t& value);
void read(const std::string& cell, std::uint16_t& value);
void read(const std::string& cell, std::uint32_t& value);
void read(const std::string& cell, std::uint64_t& value);
void read(const std::string& cell, std::string& value);

/// Reads a cell as the nearest float16. Throws CellError.
void read_half(const std::string& cell, float& value);

/// Spells a value; floating-point numbers in the fewest digits that read back equal.
std::string spell(bool value);
std::string spell(float value);
std::string spell(double value);
template <typename T, std::enable_if_t<std::is_integral_v<T> && !std::is_same_v<T, bool>, int> = 0>
std::string spell(T value) {
  return std::to_string(value);
}
std::string spell(const std::string& value);

/// Spells a number that came from a float16 in the fewest digits that read back as that float16.
std::string spell_half(float value);

/// Rounds to the nearest float16, ties to even; what is too large becomes infinite.
double nearest_half(double value);

}  // namespace kx_host
