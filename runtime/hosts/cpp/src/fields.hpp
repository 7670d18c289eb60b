// The fields of a row, single values, arrays or vectors, as memory.
#pragma once

#include <array>
#include <cstddef>
#include <vector>

namespace kx_host {

/// A field's values; T is const where the field is.
template <typename T>
struct Values {
  T* first;
  std::size_t count;
};

template <typename T>
Values<T> values_of(T& field) {
  return {&field, 1};
}

template <typename T, std::size_t size>
Values<T> values_of(std::array<T, size>& field) {
  return {field.data(), size};
}

template <typename T, std::size_t size>
Values<const T> values_of(const std::array<T, size>& field) {
  return {field.data(), size};
}

template <typename T>
Values<T> values_of(std::vector<T>& field) {
  return {field.data(), field.size()};
}

template <typename T>
Values<const T> values_of(const std::vector<T>& field) {
  return {field.data(), field.size()};
}

}  // namespace kx_host
