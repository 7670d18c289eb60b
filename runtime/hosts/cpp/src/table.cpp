#include "table.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string_view>
#include <unordered_map>

#include "numbers.hpp"

namespace kx_host {
namespace {

constexpr std::string_view kMark = "\xEF\xBB\xBF";

/// What Unicode takes for blanks, apart from those of ASCII.
constexpr std::string_view kBlanks[] = {
    "\xC2\x85",     "\xC2\xA0",     "\xE1\x9A\x80", "\xE2\x80\x80", "\xE2\x80\x81",
    "\xE2\x80\x82", "\xE2\x80\x83", "\xE2\x80\x84", "\xE2\x80\x85", "\xE2\x80\x86",
    "\xE2\x80\x87", "\xE2\x80\x88", "\xE2\x80\x89", "\xE2\x80\x8A", "\xE2\x80\xA8",
    "\xE2\x80\xA9", "\xE2\x80\xAF", "\xE2\x81\x9F", "\xE3\x80\x80",
};

std::string read_file(const std::filesystem::path& path) {
  const std::string name = text_of(path.filename());
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) throw TableError(name + ": is a folder");
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    const char* why = errno == 0 || errno == ENOENT ? "no such file" : "cannot be read";
    throw TableError(name + ": " + why);
  }
  std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (file.bad()) throw TableError(name + ": cannot be read");
  if (std::string_view(text).substr(0, kMark.size()) == kMark) text.erase(0, kMark.size());
  return text;
}

/// Returns the length of a well-formed character of UTF-8, 0 where there is none.
std::size_t character(std::string_view text) {
  const auto byte = [&](std::size_t place) {
    return place < text.size() ? static_cast<unsigned char>(text[place]) : 0u;
  };
  const auto follows = [&](std::size_t place, unsigned low = 0x80, unsigned high = 0xBF) {
    return byte(place) >= low && byte(place) <= high;
  };
  const unsigned lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return follows(1) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    const unsigned low = lead == 0xE0 ? 0xA0 : 0x80;
    const unsigned high = lead == 0xED ? 0x9F : 0xBF;
    return follows(1, low, high) && follows(2) ? 3 : 0;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    const unsigned low = lead == 0xF0 ? 0x90 : 0x80;
    const unsigned high = lead == 0xF4 ? 0x8F : 0xBF;
    return follows(1, low, high) && follows(2) && follows(3) ? 4 : 0;
  }
  return 0;
}

void check_encoding(const std::string& text, const std::string& name) {
  std::size_t line = 1;
  for (std::string_view rest = text; !rest.empty();) {
    const std::size_t length = character(rest);
    if (!length) throw TableError(name + ": line " + std::to_string(line) + ": not UTF-8 text");
    if (rest[0] == '\n') ++line;
    rest.remove_prefix(length);
  }
}

std::size_t blanks_before(std::string_view text) {
  if (text.empty()) return 0;
  if (std::string_view("\t\n\v\f\r\x1C\x1D\x1E\x1F ").find(text[0]) != std::string_view::npos) {
    return 1;
  }
  for (const std::string_view blank : kBlanks) {
    if (text.substr(0, blank.size()) == blank) return blank.size();
  }
  return 0;
}

std::size_t blanks_behind(std::string_view text) {
  for (std::size_t length = 1; length <= std::min<std::size_t>(text.size(), 3); ++length) {
    if (blanks_before(text.substr(text.size() - length)) == length) return length;
  }
  return 0;
}

std::string trimmed(std::string_view text) {
  while (const std::size_t length = blanks_before(text)) text.remove_prefix(length);
  while (const std::size_t length = blanks_behind(text)) text.remove_suffix(length);
  return std::string(text);
}

/// Cuts text into lines and cells.
class Reader {
 public:
  Reader(std::string_view text, const std::string& name) : text_(text), name_(name) {}

  /// Reads the next line that is not blank; false at the end.
  bool next(Line& line) {
    while (place_ < text_.size()) {
      std::vector<std::string> cells{""};
      while (cell(cells.back())) cells.emplace_back();
      const bool blank = std::all_of(cells.begin(), cells.end(),
                                     [](const std::string& each) { return each.empty(); });
      if (blank) continue;
      std::transform(cells.begin(), cells.end(), cells.begin(), trimmed);
      line = {number_, std::move(cells)};
      return true;
    }
    return false;
  }

 private:
  /// Takes a cell and what ends it; true where another one follows on the same line.
  bool cell(std::string& into) {
    if (place_ < text_.size() && text_[place_] == '"') quoted(into);
    while (place_ < text_.size() && text_[place_] != ',' && !at_end_of_line()) {
      into += text_[place_++];
    }
    if (place_ == text_.size()) {
      if (!text_.empty() && text_.back() != '\n' && text_.back() != '\r') ++number_;
      return false;
    }
    if (text_[place_] == ',') {
      ++place_;
      return true;
    }
    take_end_of_line();
    return false;
  }

  void quoted(std::string& into) {
    const std::size_t start = number_ + 1;
    ++place_;
    while (place_ < text_.size()) {
      if (text_[place_] != '"') {
        if (at_end_of_line()) {
          const std::size_t end = place_;
          take_end_of_line();
          into += text_.substr(end, place_ - end);
        } else {
          into += text_[place_++];
        }
      } else if (text_.substr(place_, 2) == "\"\"") {
        into += '"';
        place_ += 2;
      } else {
        ++place_;
        if (place_ < text_.size() && text_[place_] != ',' && !at_end_of_line()) {
          throw error(number_ + 1, "',' expected after '\"'");
        }
        return;
      }
    }
    throw error(start, "a quote is not closed");
  }

  bool at_end_of_line() const { return text_[place_] == '\n' || text_[place_] == '\r'; }

  void take_end_of_line() {
    place_ += text_.substr(place_, 2) == "\r\n" ? 2u : 1u;
    ++number_;
  }

  TableError error(std::size_t line, const std::string& what) const {
    return TableError(name_ + ": line " + std::to_string(line) + ": " + what);
  }

  std::string_view text_;
  const std::string& name_;
  std::size_t place_ = 0;
  std::size_t number_ = 0;
};

bool is_truth(const std::string& cell) { return cell == "True" || cell == "False"; }

using Places = std::unordered_map<std::string, std::size_t>;

/// Returns the first place of every name.
Places places_of(const std::vector<std::string>& names) {
  Places places;
  for (std::size_t place = 0; place < names.size(); ++place) places.emplace(names[place], place);
  return places;
}

std::vector<std::string> missing_from(const std::vector<std::string>& names,
                                      const std::vector<std::string>& others) {
  const Places known = places_of(others);
  std::vector<std::string> missing;
  for (const std::string& name : names) {
    if (!known.count(name)) missing.push_back(name);
  }
  return missing;
}

std::string listed(const std::vector<std::string>& names) {
  constexpr std::size_t kMost = 6;
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), kMost); ++i) {
    text += (i ? ", '" : "'") + names[i].substr(0, 80) + "'";
  }
  if (names.size() > kMost) text += " and " + std::to_string(names.size() - kMost) + " more";
  return text;
}

/// Whether a line stands over the columns: it has all their names, or no number.
bool is_header(const std::vector<std::string>& cells, const std::vector<Port>& ports,
               const std::vector<std::string>& names) {
  if (missing_from(names, cells).empty()) return true;
  const bool even = cells.size() == names.size();
  std::size_t place = 0;
  bool numeric = false;
  bool words = false;
  for (const Port& port : ports) {
    const bool text = port.type == "string";
    numeric = numeric || (!text && port.size());
    for (std::size_t i = 0; even && i < port.size(); ++i, ++place) {
      if (text) continue;
      const std::string& cell = cells[place];
      if (is_number(cell) || (port.type == "bool" && is_truth(cell))) return false;
      words = words || !cell.empty();
    }
  }
  if (even) return numeric && words;
  return numeric && cells.size() > 1 && std::none_of(cells.begin(), cells.end(), is_number);
}

TableError wrong_length(const Table& table, std::size_t line, std::size_t found,
                        std::size_t expected) {
  return TableError(table.name + ": line " + std::to_string(line) + ": " + std::to_string(found) +
                    " columns, expected " + std::to_string(expected));
}

/// Finds the values of a row under a header: by its names where they are known or ours.
void arrange(Table& table, const Line& header, const std::vector<std::string>& names, bool named) {
  const std::vector<std::string> missing = missing_from(names, header.cells);
  if (!named && missing.size() == names.size()) {
    if (header.cells.size() != names.size()) {
      throw wrong_length(table, header.number, header.cells.size(), names.size());
    }
    if (names.size() > 1) {
      table.note = "the columns are taken in the table's order, as the model has no names for them";
    }
    return;
  }
  if (!missing.empty()) {
    throw TableError(table.name + ": no column " + listed(missing) + "; the header has " +
                     listed(header.cells));
  }
  const Places known = places_of(names);
  const Places places = places_of(header.cells);
  std::vector<std::string> extra;
  for (std::size_t place = 0; place < header.cells.size(); ++place) {
    const std::string& cell = header.cells[place];
    if (!known.count(cell)) {
      extra.push_back(cell.empty() ? std::to_string(place + 1) : cell);
    } else if (places.at(cell) != place) {
      throw TableError(table.name + ": column " + listed({cell}) + " is there twice");
    }
  }
  if (!extra.empty()) table.note = "left out, since the model does not take it: " + listed(extra);
  for (std::size_t i = 0; i < names.size(); ++i) table.places[i] = places.at(names[i]);
}

}  // namespace

TableError Table::error(const Line& line, std::size_t column, const std::string& what) const {
  return TableError(name + ": line " + std::to_string(line.number) + ", column " +
                    std::to_string(column) + ": " + what);
}

Table read_table(const std::filesystem::path& path, const std::vector<Port>& ports, bool named) {
  const std::vector<std::string> names = columns_of(ports);
  Table table{text_of(path.filename()), {}, {}, ""};
  for (std::size_t place = 0; place < names.size(); ++place) table.places.push_back(place);
  const std::string text = read_file(path);
  check_encoding(text, table.name);
  Reader reader(text, table.name);
  std::size_t width = names.size();
  bool empty = true;
  for (Line line; reader.next(line); empty = false) {
    if (empty && is_header(line.cells, ports, names)) {
      arrange(table, line, names, named);
      width = line.cells.size();
      continue;
    }
    if (line.cells.size() != width) {
      throw wrong_length(table, line.number, line.cells.size(), width);
    }
    table.rows.push_back(std::move(line));
  }
  if (empty) throw TableError(table.name + ": no rows");
  return table;
}

std::string spell_line(const std::vector<std::string>& cells) {
  std::string line;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const std::string& cell = cells[i];
    if (i) line += ',';
    if (cell.find_first_of(",\"\r\n") == std::string::npos &&
        !(cell.empty() && cells.size() == 1)) {
      line += cell;
      continue;
    }
    line += '"';
    for (const char each : cell) line += each == '"' ? std::string("\"\"") : std::string(1, each);
    line += '"';
  }
  return line + '\n';
}

std::vector<std::string> columns_of(const std::vector<Port>& ports) {
  std::vector<std::string> names;
  for (const Port& port : ports) {
    const std::vector<std::string> columns = port.columns();
    names.insert(names.end(), columns.begin(), columns.end());
  }
  return names;
}

}  // namespace kx_host
