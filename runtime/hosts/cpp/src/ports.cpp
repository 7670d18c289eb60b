#include "ports.hpp"

namespace kx_host {

std::size_t Port::size() const {
  std::size_t size = 1;
  for (const std::int64_t axis : row) size *= static_cast<std::size_t>(axis);
  return size;
}

std::vector<std::string> Port::columns() const {
  if (!given.empty()) return given;
  const std::size_t count = size();
  if (count == 1) return {name};
  std::vector<std::string> names;
  names.reserve(count);
  for (std::size_t place = 0; place < count; ++place) {
    std::string index;
    std::size_t rest = place;
    for (auto axis = row.rbegin(); axis != row.rend(); ++axis) {
      const auto length = static_cast<std::size_t>(*axis);
      index = "[" + std::to_string(rest % length) + "]" + index;
      rest /= length;
    }
    names.push_back(name + index);
  }
  return names;
}

std::string text_of(const std::filesystem::path& path) {
  const auto text = path.u8string();
  return {text.begin(), text.end()};
}

}  // namespace kx_host
