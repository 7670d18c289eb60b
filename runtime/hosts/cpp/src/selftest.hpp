// Comparing predictions with recorded numbers.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <type_traits>

#include "numbers.hpp"
#include "ports.hpp"

namespace kx_host {

/// What a comparison found: the largest difference, the place that is farthest off, and how far
/// that is in units of what is tolerated.
struct Difference {
  double largest = 0;
  double share = 0;
  std::string place;
};

/// Returns the largest size among finite numbers, at least 1.
template <typename T>
double scale_of(const T* numbers, std::size_t count) {
  double scale = 1;
  for (std::size_t i = 0; i < count; ++i) {
    const double size = std::fabs(static_cast<double>(numbers[i]));
    if (std::isfinite(size)) scale = std::max(scale, size);
  }
  return scale;
}

/// Returns how far `a` is from the recorded `b`: 0 where they are the same, infinite where one of
/// them is not finite.
template <typename T>
double distance(const T& a, const T& b) {
  if constexpr (std::is_floating_point_v<T>) {
    if (a == b || (std::isnan(a) && std::isnan(b))) return 0;
    const double size = std::fabs(static_cast<double>(a) - static_cast<double>(b));
    return std::isfinite(size) ? size : HUGE_VAL;
  } else {
    return a == b ? 0 : HUGE_VAL;
  }
}

/// Compares the values of an output with the recorded ones.
template <typename T>
void compare(const T* found, const T* wanted, const Port& port, std::size_t row,
             const Contract& contract, Difference& worst) {
  double scale = 1;
  if constexpr (std::is_floating_point_v<T>) scale = scale_of(wanted, port.size());
  for (std::size_t i = 0; i < port.size(); ++i) {
    const double size = distance(found[i], wanted[i]);
    if (size == 0) continue;
    double allowed = contract.absolute * scale;
    if constexpr (std::is_floating_point_v<T>) {
      allowed += contract.relative * std::fabs(static_cast<double>(wanted[i]));
    }
    worst.largest = std::max(worst.largest, size);
    if (size / allowed > worst.share) {
      worst.share = size / allowed;
      worst.place = "row " + std::to_string(row + 1) + ", " + port.columns()[i] + ": " +
                    spell(found[i]) + ", recorded " + spell(wanted[i]);
    }
  }
}

}  // namespace kx_host
