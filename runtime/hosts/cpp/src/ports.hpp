// What the inputs and outputs of a model are, and what can go wrong with a model.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

namespace kx_host {

/// An input or an output: its name in the graph, its type there, the shape of one row.
struct Port {
  std::string name;
  std::string type;
  std::vector<std::int64_t> row;
  /// Names that somebody gave to the columns; empty where nobody did.
  std::vector<std::string> given;

  /// Number of values in a row.
  std::size_t size() const;
  /// Names of the columns in a table, row-major: those given, x, or x[0], x[1] ...
  std::vector<std::string> columns() const;
};

/// What a program knows of the model that it was written for.
struct Contract {
  std::vector<Port> inputs;
  std::vector<Port> outputs;
  /// Number of rows that the graph fixes, 0 where it takes any.
  std::size_t batch;
  /// Whether the header of a table must have the names of the inputs' columns.
  bool named;
  /// SHA-256 of the file that the model was made from, empty where there was none.
  std::string source_sha256;
  /// Number of rows in the recorded vectors, and how far a number b may be missed:
  /// by absolute * max(1, largest |b| of the row) + relative * |b|.
  std::size_t recorded;
  double relative;
  double absolute;
  /// What one call leaves for the next: inputs of the graph, and the outputs that they take.
  std::vector<Port> states;
  std::vector<Port> next_states;
};

/// The model's file is missing, damaged or another one, or onnxruntime does not take it.
class ModelError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// onnxruntime failed while it ran the model.
class RunError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Returns a path in UTF-8.
std::string text_of(const std::filesystem::path& path);

}  // namespace kx_host
