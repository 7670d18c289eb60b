// A model in onnxruntime, whose inputs and outputs are bound to buffers once and used again.
#pragma once

#include <onnxruntime_cxx_api.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <filesystem>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "fields.hpp"
#include "ports.hpp"

namespace kx_host {

/// The memory of one input or output for a number of rows, as onnxruntime sees it.
class Slot {
 public:
  Slot(const Port& port, std::size_t rows);

  /// Copies rows of values in, from the row `first` on; float16 takes float.
  template <typename T>
  void put(const T* values, std::size_t first, std::size_t rows) {
    std::memcpy(&bytes_[first * width_], values, rows * width_);
  }
  void put(const float* values, std::size_t first, std::size_t rows);
  void put(const std::string* values, std::size_t first, std::size_t rows);

  /// Copies rows of values out, from the row `first` on; float16 gives float.
  template <typename T>
  void take(T* values, std::size_t first, std::size_t rows) const {
    std::memcpy(values, &bytes_[first * width_], rows * width_);
  }
  void take(float* values, std::size_t first, std::size_t rows) const;
  void take(std::string* values, std::size_t first, std::size_t rows) const;

  /// Takes the values of another slot of the same size.
  void copy(const Slot& other) {
    std::copy(other.bytes_.begin(), other.bytes_.end(), bytes_.begin());
  }

  /// Takes zeros.
  void clear() { std::fill(bytes_.begin(), bytes_.end(), static_cast<unsigned char>(0)); }

  /// Repeats the last of `rows` rows until all are filled.
  void fill_up(std::size_t rows);

  /// Copies a field of a row in. Throws std::invalid_argument where its size is another.
  template <typename Field>
  void put_field(const Field& field, std::size_t row) {
    const auto values = values_of(field);
    if (values.count != size_) {
      throw std::invalid_argument(std::to_string(values.count) + " values in an input of " +
                                  std::to_string(size_));
    }
    put(values.first, row, 1);
  }

  /// Copies a field of a row out.
  template <typename Field>
  void take_field(Field& field, std::size_t row) const {
    take(values_of(field).first, row, 1);
  }

  std::size_t size() const { return size_; }
  const Ort::Value& value() const { return value_; }

 private:
  std::size_t size_;
  std::size_t width_;
  std::size_t rows_;
  ONNXTensorElementDataType type_;
  std::vector<unsigned char> bytes_;
  Ort::Value value_{nullptr};
};

/// Buffers for a number of rows, bound to a session; one thread at a time has them.
struct Binding {
  Binding(Ort::Session& session, const Contract& contract, std::size_t rows);

  std::size_t rows;
  std::vector<Slot> inputs;
  std::vector<Slot> outputs;
  std::vector<Slot> states;
  std::vector<Slot> next_states;
  Ort::IoBinding bound;
};

/// An opened model. Any number of threads may run it at once: each has a binding of its own. Those
/// that run one with states take turns, and each begins with what the last one left.
class Session {
 public:
  /// Opens the model and holds it against the contract. Throws ModelError.
  Session(Contract contract, const std::filesystem::path& model, int threads);

  /// Runs rows in as many blocks as it takes: `put(binding, first, count)` gives the rows of a
  /// block, `take(binding, first, count)` gets what came out. Throws RunError.
  template <typename Put, typename Take>
  void run(std::size_t rows, const Put& put, const Take& take) {
    const auto turn = take_turn(rows);
    for (std::size_t first = 0; first < rows;) {
      const std::size_t left = rows - first;
      const std::size_t block = contract_.batch ? contract_.batch : left < most_ ? left : most_;
      const std::size_t count = left < block ? left : block;
      std::unique_ptr<Binding> binding = acquire(block);
      put(*binding, first, count);
      run(*binding, count);
      take(*binding, first, count);
      release(std::move(binding));
      first += count;
    }
  }

  /// Begins anew, with states of zeros.
  void reset_states();

  const Contract& contract() const { return contract_; }

 private:
  std::unique_lock<std::mutex> take_turn(std::size_t rows);
  std::unique_ptr<Binding> acquire(std::size_t rows);
  void release(std::unique_ptr<Binding> binding);
  void run(Binding& binding, std::size_t count);

  Contract contract_;
  std::size_t unit_;
  std::size_t most_;
  Ort::Env environment_;
  Ort::Session session_;
  std::mutex guard_;
  std::vector<std::unique_ptr<Binding>> units_;
  std::vector<std::unique_ptr<Binding>> blocks_;
  std::mutex turn_;
  std::vector<Slot> states_;
};

}  // namespace kx_host
