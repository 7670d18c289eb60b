// Tables as CSV: UTF-8, a line for each row, quoted as RFC 4180 has it.
#pragma once

#include <cstddef>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include "ports.hpp"

namespace kx_host {

/// A table cannot be read, or is not one; says the file and the place in it.
class TableError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// A line that is not blank: where it ends in the file, and its cells without blanks around them.
struct Line {
  std::size_t number;
  std::vector<std::string> cells;
};

/// The rows of a file.
struct Table {
  std::string name;
  std::vector<Line> rows;
  /// Where the values of the ports stand in a line, in the order of the ports' columns.
  std::vector<std::size_t> places;
  /// What a user should know of how the columns were taken; mostly empty.
  std::string note;

  /// Returns an error at a cell; columns count from 1.
  TableError error(const Line& line, std::size_t column, const std::string& what) const;
};

/// Reads a table whose columns are those of the ports side by side, with or without a header.
/// A header that has the names of the ports' columns says their order, and others are left out;
/// where they are `named`, it must have them. Throws TableError.
Table read_table(const std::filesystem::path& path, const std::vector<Port>& ports, bool named);

/// Spells cells as a line of a table.
std::string spell_line(const std::vector<std::string>& cells);

/// Returns the names of all ports' columns.
std::vector<std::string> columns_of(const std::vector<Port>& ports);

}  // namespace kx_host
