#include "session.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <map>
#include <stdexcept>
#include <system_error>

#ifdef _WIN32
#include <stdlib.h>
#endif

#include "library.hpp"
#include "numbers.hpp"

namespace kx_host {
namespace {

/// Rows, and values in all their inputs and outputs, that are run at once where any number may be.
constexpr std::size_t kRows = 4096;
constexpr std::size_t kValues = std::size_t{1} << 20;

/// Bindings for several rows that are kept for the next call.
constexpr std::size_t kBlocks = 4;

struct Type {
  ONNXTensorElementDataType code;
  std::size_t bytes;
};

const std::map<std::string, Type>& types() {
  static const std::map<std::string, Type> known{
      {"bool", {ONNX_TENSOR_ELEMENT_DATA_TYPE_BOOL, sizeof(bool)}},
      {"float16", {ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT16, 2}},
      {"float32", {ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT, 4}},
      {"float64", {ONNX_TENSOR_ELEMENT_DATA_TYPE_DOUBLE, 8}},
      {"int8", {ONNX_TENSOR_ELEMENT_DATA_TYPE_INT8, 1}},
      {"int16", {ONNX_TENSOR_ELEMENT_DATA_TYPE_INT16, 2}},
      {"int32", {ONNX_TENSOR_ELEMENT_DATA_TYPE_INT32, 4}},
      {"int64", {ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64, 8}},
      {"string", {ONNX_TENSOR_ELEMENT_DATA_TYPE_STRING, 0}},
      {"uint8", {ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT8, 1}},
      {"uint16", {ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT16, 2}},
      {"uint32", {ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT32, 4}},
      {"uint64", {ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT64, 8}},
  };
  return known;
}

std::string name_of(ONNXTensorElementDataType code) {
  for (const auto& [name, type] : types()) {
    if (type.code == code) return name;
  }
  return "of type " + std::to_string(static_cast<int>(code));
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

std::string quoted(const std::string& text) { return "'" + text + "'"; }

/// Spells a shape; what is below 0 is open.
std::string spelled(const std::vector<std::int64_t>& shape) {
  std::string text;
  for (const std::int64_t axis : shape) {
    text += text.empty() ? "" : ",";
    text += axis < 0 ? "?" : std::to_string(axis);
  }
  return "(" + text + ")";
}

/// Whether a graph's shape can be that of `batch` rows; open axes fit every size.
bool fits(const std::vector<std::int64_t>& shape, const Port& port, std::size_t batch) {
  if (shape.size() != port.row.size() + 1) return false;
  const auto fixed = static_cast<std::int64_t>(batch);
  if (shape[0] >= 0 && shape[0] != fixed) return false;
  return std::equal(
      port.row.begin(), port.row.end(), shape.begin() + 1,
      [](std::int64_t wanted, std::int64_t axis) { return axis < 0 || axis == wanted; });
}

/// Says how a graph's input or output differs from the one that is expected; empty where not.
std::string differs(const std::string& kind, const Port& port, std::size_t batch,
                    const std::string& name, const Ort::TypeInfo& info) {
  if (name != port.name) return kind + " " + quoted(name) + ", expected " + quoted(port.name);
  const std::string who = kind + " " + quoted(name) + " is ";
  if (info.GetONNXType() != ONNX_TYPE_TENSOR) return who + "no tensor";
  const auto tensor = info.GetTensorTypeAndShapeInfo();
  const auto type = tensor.GetElementType();
  if (type != types().at(port.type).code) return who + name_of(type) + ", expected " + port.type;
  const auto shape = tensor.GetShape();
  if (fits(shape, port, batch)) return "";
  std::vector<std::int64_t> wanted{batch ? static_cast<std::int64_t>(batch) : -1};
  wanted.insert(wanted.end(), port.row.begin(), port.row.end());
  return who + spelled(shape) + ", expected " + spelled(wanted);
}

std::string differs_in_source(const Ort::Session& session, const std::string& expected) {
  if (expected.empty()) return "";
  Ort::AllocatorWithDefaultOptions allocator;
  const auto metadata = session.GetModelMetadata();
  const auto found = metadata.LookupCustomMetadataMapAllocated("source_sha256", allocator);
  const std::string sum = found ? found.get() : "not given";
  return sum == expected ? "" : "its source's SHA-256 is " + sum + ", expected " + expected;
}

std::vector<Port> joined(std::vector<Port> ports, const std::vector<Port>& more) {
  ports.insert(ports.end(), more.begin(), more.end());
  return ports;
}

/// Says how a model differs from the one that the program was written for; empty where not.
std::string differs(const Ort::Session& session, const Contract& contract) {
  Ort::AllocatorWithDefaultOptions allocator;
  const std::size_t inputs = session.GetInputCount();
  const std::size_t outputs = session.GetOutputCount();
  const std::vector<Port> taken = joined(contract.inputs, contract.states);
  const std::vector<Port> given = joined(contract.outputs, contract.next_states);
  if (inputs != taken.size() || outputs != given.size()) {
    return std::to_string(inputs) + " inputs and " + std::to_string(outputs) +
           " outputs, expected " + std::to_string(taken.size()) + " and " +
           std::to_string(given.size());
  }
  for (std::size_t i = 0; i < inputs; ++i) {
    const auto name = session.GetInputNameAllocated(i, allocator);
    const auto what =
        differs("input", taken[i], contract.batch, name.get(), session.GetInputTypeInfo(i));
    if (!what.empty()) return what;
  }
  for (std::size_t i = 0; i < outputs; ++i) {
    const auto name = session.GetOutputNameAllocated(i, allocator);
    const auto what =
        differs("output", given[i], contract.batch, name.get(), session.GetOutputTypeInfo(i));
    if (!what.empty()) return what;
  }
  return differs_in_source(session, contract.source_sha256);
}

std::size_t most_rows(const Contract& contract) {
  std::size_t values = 0;
  for (const Port& port : contract.inputs) values += port.size();
  for (const Port& port : contract.outputs) values += port.size();
  return std::clamp(kValues / values, std::size_t{1}, kRows);
}

/// Starts onnxruntime with its telemetry off, which its official builds since 1.29 read once.
Ort::Env started() {
#ifdef _WIN32
  _putenv_s("ORT_DISABLE_TELEMETRY", "1");
#else
  setenv("ORT_DISABLE_TELEMETRY", "1", 1);
#endif
  load_library();
  return Ort::Env(ORT_LOGGING_LEVEL_FATAL, "keronyx");
}

Ort::Session opened(Ort::Env& environment, const std::filesystem::path& model, int threads) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(model, error)) {
    throw ModelError(text_of(model) + ": no such file");
  }
  try {
    Ort::SessionOptions options;
    options.SetIntraOpNumThreads(threads);
    options.SetInterOpNumThreads(1);
    return Ort::Session(environment, model.c_str(), options);
  } catch (const Ort::Exception& failure) {
    throw ModelError(text_of(model) + ": cannot be opened: " + first_line(failure.what()));
  }
}

}  // namespace

Slot::Slot(const Port& port, std::size_t rows) : size_(port.size()), rows_(rows) {
  const Type type = types().at(port.type);
  type_ = type.code;
  width_ = size_ * type.bytes;
  bytes_.resize(rows * width_);
  std::vector<std::int64_t> shape{static_cast<std::int64_t>(rows)};
  shape.insert(shape.end(), port.row.begin(), port.row.end());
  if (type_ == ONNX_TENSOR_ELEMENT_DATA_TYPE_STRING) {
    Ort::AllocatorWithDefaultOptions allocator;
    value_ = Ort::Value::CreateTensor(allocator, shape.data(), shape.size(), type_);
  } else {
    const auto memory = Ort::MemoryInfo::CreateCpu(OrtArenaAllocator, OrtMemTypeDefault);
    value_ = Ort::Value::CreateTensor(memory, bytes_.data(), bytes_.size(), shape.data(),
                                      shape.size(), type_);
  }
}

void Slot::put(const float* values, std::size_t first, std::size_t rows) {
  if (type_ != ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT16) {
    std::memcpy(&bytes_[first * width_], values, rows * width_);
    return;
  }
  for (std::size_t i = 0; i < rows * size_; ++i) {
    const Ort::Float16_t number(static_cast<float>(nearest_half(values[i])));
    std::memcpy(&bytes_[first * width_ + i * sizeof number], &number, sizeof number);
  }
}

void Slot::put(const std::string* values, std::size_t first, std::size_t rows) {
  for (std::size_t i = 0; i < rows * size_; ++i) {
    if (values[i].find('\0') != std::string::npos) {
      throw std::invalid_argument("text with a NUL character, which onnxruntime would cut off");
    }
    value_.FillStringTensorElement(values[i].c_str(), first * size_ + i);
  }
}

void Slot::take(float* values, std::size_t first, std::size_t rows) const {
  if (type_ != ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT16) {
    std::memcpy(values, &bytes_[first * width_], rows * width_);
    return;
  }
  for (std::size_t i = 0; i < rows * size_; ++i) {
    Ort::Float16_t number;
    std::memcpy(&number, &bytes_[first * width_ + i * sizeof number], sizeof number);
    values[i] = number.ToFloat();
  }
}

void Slot::take(std::string* values, std::size_t first, std::size_t rows) const {
  for (std::size_t i = 0; i < rows * size_; ++i) {
    values[i] = value_.GetStringTensorElement(first * size_ + i);
  }
}

void Slot::fill_up(std::size_t rows) {
  for (std::size_t row = rows; row < rows_; ++row) {
    if (type_ == ONNX_TENSOR_ELEMENT_DATA_TYPE_STRING) {
      std::vector<std::string> last(size_);
      take(last.data(), rows - 1, 1);
      put(last.data(), row, 1);
    } else {
      std::memcpy(&bytes_[row * width_], &bytes_[(rows - 1) * width_], width_);
    }
  }
}

Binding::Binding(Ort::Session& session, const Contract& contract, std::size_t count)
    : rows(count), bound(session) {
  inputs.reserve(contract.inputs.size());
  for (const Port& port : contract.inputs) {
    bound.BindInput(port.name.c_str(), inputs.emplace_back(port, rows).value());
  }
  outputs.reserve(contract.outputs.size());
  for (const Port& port : contract.outputs) {
    bound.BindOutput(port.name.c_str(), outputs.emplace_back(port, rows).value());
  }
  states.reserve(contract.states.size());
  for (const Port& port : contract.states) {
    bound.BindInput(port.name.c_str(), states.emplace_back(port, rows).value());
  }
  next_states.reserve(contract.next_states.size());
  for (const Port& port : contract.next_states) {
    bound.BindOutput(port.name.c_str(), next_states.emplace_back(port, rows).value());
  }
}

Session::Session(Contract contract, const std::filesystem::path& model, int threads)
    : contract_(std::move(contract)),
      unit_(contract_.batch ? contract_.batch : 1),
      most_(most_rows(contract_)),
      environment_(started()),
      session_(opened(environment_, model, threads)) {
  const std::string what = differs(session_, contract_);
  if (!what.empty()) {
    throw ModelError(text_of(model) + ": not the model that this program was written for: " + what);
  }
  states_.reserve(contract_.states.size());
  for (const Port& port : contract_.states) states_.emplace_back(port, contract_.batch);
}

std::unique_lock<std::mutex> Session::take_turn(std::size_t rows) {
  if (contract_.states.empty()) return {};
  if (rows % contract_.batch != 0) {
    throw RunError(std::to_string(rows) + " rows for a stateful model that takes " +
                   std::to_string(contract_.batch) + " at a time");
  }
  return std::unique_lock<std::mutex>(turn_);
}

void Session::reset_states() {
  const std::lock_guard<std::mutex> lock(turn_);
  for (Slot& state : states_) state.clear();
}

std::unique_ptr<Binding> Session::acquire(std::size_t rows) {
  {
    const std::lock_guard<std::mutex> lock(guard_);
    auto& idle = rows == unit_ ? units_ : blocks_;
    const auto found = std::find_if(idle.rbegin(), idle.rend(),
                                    [rows](const auto& each) { return each->rows == rows; });
    if (found != idle.rend()) {
      std::unique_ptr<Binding> binding = std::move(*found);
      idle.erase(std::next(found).base());
      return binding;
    }
  }
  try {
    return std::make_unique<Binding>(session_, contract_, rows);
  } catch (const Ort::Exception& failure) {
    throw RunError("onnxruntime: " + first_line(failure.what()));
  }
}

void Session::release(std::unique_ptr<Binding> binding) {
  const std::lock_guard<std::mutex> lock(guard_);
  auto& idle = binding->rows == unit_ ? units_ : blocks_;
  if (&idle == &blocks_ && idle.size() == kBlocks) idle.erase(idle.begin());
  idle.push_back(std::move(binding));
}

void Session::run(Binding& binding, std::size_t count) {
  static const Ort::RunOptions options;
  for (Slot& slot : binding.inputs) slot.fill_up(count);
  for (std::size_t i = 0; i < states_.size(); ++i) binding.states[i].copy(states_[i]);
  try {
    session_.Run(options, binding.bound);
  } catch (const Ort::Exception& failure) {
    throw RunError("onnxruntime: " + first_line(failure.what()));
  }
  for (std::size_t i = 0; i < states_.size(); ++i) states_[i].copy(binding.next_states[i]);
}

}  // namespace kx_host
