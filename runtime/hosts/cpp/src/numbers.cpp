#include "numbers.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <limits>
#include <locale>
#include <sstream>
#include <system_error>
#include <type_traits>

// The standard library of LLVM had no floating-point from_chars for long.
#if !defined(KX_HOST_STREAMS) && __has_include(<charconv>)
#include <charconv>
#endif
#if defined(__cpp_lib_to_chars) && __cpp_lib_to_chars >= 201611L && !defined(KX_HOST_STREAMS)
#define KX_HOST_CHARCONV 1
#endif

namespace kx_host {
namespace {

/// A number as it is spelled: digits times a power of ten, or one that is not finite.
struct Decimal {
  bool negative = false;
  bool infinite = false;
  bool nan = false;
  std::string digits;
  long exponent = 0;
};

/// No exponent beyond this changes what a number is.
constexpr long kExponent = 100000;

/// Longest part of a cell in a message.
constexpr std::size_t kShown = 60;

bool is_digit(char each) { return each >= '0' && each <= '9'; }

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char each) {
    return each >= 'A' && each <= 'Z' ? static_cast<char>(each + 32) : each;
  });
  return text;
}

/// Takes an exponent at `place`, if there is one; false where it has no digits.
bool take_exponent(const std::string& text, std::size_t& place, long& exponent) {
  if (place == text.size() || text[place] != 'e') return true;
  ++place;
  const bool below = place < text.size() && text[place] == '-';
  if (place < text.size() && (text[place] == '-' || text[place] == '+')) ++place;
  const std::size_t start = place;
  long found = 0;
  for (; place < text.size() && is_digit(text[place]); ++place) {
    found = std::min(found * 10 + (text[place] - '0'), kExponent);
  }
  exponent += below ? -found : found;
  return place > start;
}

/// Takes digits with a point among them; false where there is no digit.
bool take_digits(const std::string& text, std::size_t& place, Decimal& number) {
  bool any = false;
  bool point = false;
  for (; place < text.size() && (is_digit(text[place]) || (text[place] == '.' && !point));
       ++place) {
    if (text[place] == '.') {
      point = true;
      continue;
    }
    any = true;
    if (point) --number.exponent;
    if (!number.digits.empty() || text[place] != '0') number.digits += text[place];
  }
  return any;
}

bool parse(const std::string& cell, Decimal& number) {
  const std::string text = lower(cell);
  std::size_t place = 0;
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) ++place;
  number.negative = place && text[0] == '-';
  const std::string rest = text.substr(place);
  number.infinite = rest == "inf" || rest == "infinity";
  number.nan = rest == "nan";
  if (number.infinite || number.nan) return true;
  return take_digits(text, place, number) && take_exponent(text, place, number.exponent) &&
         place == text.size();
}

std::string shown(const std::string& cell) {
  std::string text = cell.substr(0, kShown);
  if (text.size() < cell.size()) {
    while (!text.empty() && (cell[text.size()] & 0xC0) == 0x80) text.pop_back();
    text += "...";
  }
  std::replace_if(
      text.begin(), text.end(), [](unsigned char each) { return each < ' ' || each == 0x7F; }, '.');
  return "'" + text + "'";
}

Decimal parsed(const std::string& cell) {
  if (cell.empty()) throw CellError("empty");
  Decimal number;
  if (!parse(cell, number)) throw CellError(shown(cell) + " is not a number");
  return number;
}

template <typename T>
std::string rounded(T value, int digits) {
  std::ostringstream stream;
  stream.imbue(std::locale::classic());
  stream.precision(digits);
  stream << value;
  return stream.str();
}

#ifdef KX_HOST_CHARCONV

bool convert(const std::string& text, double& value) {
  return std::from_chars(text.data(), text.data() + text.size(), value).ec == std::errc();
}

template <typename T>
std::string shortest(T value) {
  char buffer[64];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
  return {buffer, end};
}

#else

bool convert(const std::string& text, double& value) {
  std::istringstream stream(text);
  stream.imbue(std::locale::classic());
  return static_cast<bool>(stream >> value);
}

template <typename T>
std::string shortest(T value) {
  for (int digits = 1;; ++digits) {
    const std::string text = rounded(value, digits);
    double back = 0;
    if (digits >= std::numeric_limits<T>::max_digits10 ||
        (convert(text, back) && static_cast<T>(back) == value)) {
      return text;
    }
  }
}

#endif

double real(const std::string& cell) {
  const Decimal number = parsed(cell);
  const double sign = number.negative ? -1 : 1;
  if (number.nan) return std::numeric_limits<double>::quiet_NaN();
  if (number.infinite) return sign * std::numeric_limits<double>::infinity();
  if (number.digits.empty()) return sign * 0.0;
  double value = 0;
  if (convert(number.digits + "e" + std::to_string(number.exponent), value)) return sign * value;
  const bool large = number.exponent + static_cast<long>(number.digits.size()) > 0;
  return sign * (large ? std::numeric_limits<double>::infinity() : 0.0);
}

/// Returns a value, or throws where it is infinite and the cell is not.
template <typename T>
T held(const std::string& cell, T value, const char* type) {
  if (std::isinf(value) && !parsed(cell).infinite) {
    throw CellError(shown(cell) + " does not fit into " + type);
  }
  return value;
}

/// Returns the digits of a whole number, or throws where it is none.
std::string whole(const std::string& cell, const Decimal& number, const std::string& type) {
  if (number.nan || number.infinite) throw CellError(shown(cell) + " does not fit into " + type);
  std::string digits = number.digits;
  long exponent = number.exponent;
  for (; exponent < 0 && !digits.empty() && digits.back() == '0'; ++exponent) digits.pop_back();
  if (digits.empty()) return "0";
  if (exponent < 0) throw CellError(shown(cell) + " is not a whole number");
  if (static_cast<long>(digits.size()) + exponent > 20) {
    throw CellError(shown(cell) + " does not fit into " + type);
  }
  return digits.append(static_cast<std::size_t>(exponent), '0');
}

template <typename T>
T integer(const std::string& cell) {
  const std::string type =
      std::string(std::is_signed_v<T> ? "int" : "uint") + std::to_string(8 * sizeof(T));
  const Decimal number = parsed(cell);
  const std::string digits = whole(cell, number, type);
  const std::uint64_t limit = static_cast<std::uint64_t>(std::numeric_limits<T>::max()) +
                              (number.negative && std::is_signed_v<T> ? 1u : 0u);
  std::uint64_t size = 0;
  for (const char each : digits) {
    const auto digit = static_cast<std::uint64_t>(each - '0');
    if (size > (limit - std::min(digit, limit)) / 10) {
      throw CellError(shown(cell) + " does not fit into " + type);
    }
    size = size * 10 + digit;
  }
  if (number.negative && !std::is_signed_v<T> && size) {
    throw CellError(shown(cell) + " does not fit into " + type);
  }
  return static_cast<T>(number.negative ? ~size + 1 : size);
}

template <typename T>
std::string spell_real(T value, std::string (*finite)(T)) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  return finite(value);
}

std::string shortest_half(float value) {
  for (int digits = 1;; ++digits) {
    const std::string text = rounded(value, digits);
    if (digits == std::numeric_limits<float>::max_digits10 || nearest_half(real(text)) == value) {
      return text;
    }
  }
}

}  // namespace

bool is_number(const std::string& cell) {
  Decimal number;
  return parse(cell, number);
}

void read(const std::string& cell, bool& value) {
  const std::string word = lower(cell);
  if (word == "true" || word == "false") {
    value = word == "true";
    return;
  }
  const double number = real(cell);
  if (number != 0 && number != 1) throw CellError(shown(cell) + " does not fit into bool");
  value = number == 1;
}

void read(const std::string& cell, float& value) {
  value = held(cell, static_cast<float>(real(cell)), "float32");
}
void read(const std::string& cell, double& value) { value = held(cell, real(cell), "float64"); }
void read(const std::string& cell, std::int8_t& value) { value = integer<std::int8_t>(cell); }
void read(const std::string& cell, std::int16_t& value) { value = integer<std::int16_t>(cell); }
void read(const std::string& cell, std::int32_t& value) { value = integer<std::int32_t>(cell); }
void read(const std::string& cell, std::int64_t& value) { value = integer<std::int64_t>(cell); }
void read(const std::string& cell, std::uint8_t& value) { value = integer<std::uint8_t>(cell); }
void read(const std::string& cell, std::uint16_t& value) { value = integer<std::uint16_t>(cell); }
void read(const std::string& cell, std::uint32_t& value) { value = integer<std::uint32_t>(cell); }
void read(const std::string& cell, std::uint64_t& value) { value = integer<std::uint64_t>(cell); }
void read(const std::string& cell, std::string& value) { value = cell; }

void read_half(const std::string& cell, float& value) {
  value = held(cell, static_cast<float>(nearest_half(real(cell))), "float16");
}

std::string spell(bool value) { return value ? "True" : "False"; }
std::string spell(float value) { return spell_real<float>(value, shortest<float>); }
std::string spell(double value) { return spell_real<double>(value, shortest<double>); }
std::string spell(const std::string& value) { return value; }

std::string spell_half(float value) { return spell_real<float>(value, shortest_half); }

double nearest_half(double value) {
  if (!std::isfinite(value) || value == 0) return value;
  int exponent = 0;
  std::frexp(value, &exponent);
  const double step = std::ldexp(1.0, std::max(exponent, -13) - 11);
  const double nearest = std::nearbyint(value / step) * step;
  return std::fabs(nearest) > 65504 ? std::copysign(HUGE_VAL, value) : nearest;
}

}  // namespace kx_host
