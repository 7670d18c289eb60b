// The program: predicts the rows of a table, or replays the recorded rows.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#ifdef _WIN32
#include <fcntl.h>
#include <io.h>
#endif

#include "fields.hpp"
#include "numbers.hpp"
#include "predictor.hpp"
#include "selftest.hpp"
#include "table.hpp"

namespace {

namespace fs = std::filesystem;
namespace model = KX_HOST_MODEL;

using kx_host::CellError;
using kx_host::Contract;
using kx_host::Line;
using kx_host::Port;
using kx_host::Table;

constexpr char kUsage[] =
    "usage: predict ROWS.csv [-o PREDICTIONS.csv] [--model FILE] [--threads N]\n"
    "       predict --selftest [--model FILE] [--threads N]\n"
    "\n"
    "  -o FILE       write the predictions to a file, not to the terminal\n"
    "  --selftest    replay the rows in vectors/ beside the model; exit with 1 if one is off\n"
    "  --model FILE  the model; otherwise model.onnx beside the program\n"
    "  --threads N   threads for one call of the model; otherwise 1\n"
    "\n"
    "A table that cannot be read, or another model, ends with 2.\n";

/// The command line is wrong, or a file cannot be written.
class UsageError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// What is asked.
struct Request {
  fs::path rows;
  fs::path output;
  fs::path model;
  int threads = 1;
  bool selftest = false;
  bool help = false;
};

int number_of_threads(const std::string& text) {
  std::int32_t threads = 0;
  try {
    kx_host::read(text, threads);
  } catch (const CellError& error) {
    throw UsageError(std::string("--threads: ") + error.what());
  }
  if (threads < 1) throw UsageError("--threads: " + text + " is less than 1");
  return threads;
}

Request parse(const fs::path& program, const std::vector<fs::path>& arguments) {
  Request request;
  request.model = program.parent_path() / "model.onnx";
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string word = kx_host::text_of(arguments[i]);
    const auto value = [&]() -> const fs::path& {
      if (++i == arguments.size()) throw UsageError(word + " needs a value");
      return arguments[i];
    };
    if (word == "--help" || word == "-h") {
      request.help = true;
    } else if (word == "--selftest") {
      request.selftest = true;
    } else if (word == "-o" || word == "--output") {
      request.output = value();
    } else if (word == "--model") {
      request.model = value();
    } else if (word == "--threads") {
      request.threads = number_of_threads(kx_host::text_of(value()));
    } else if (word.size() > 1 && word[0] == '-') {
      throw UsageError(word + ": no such option; see --help");
    } else if (!request.rows.empty()) {
      throw UsageError(word + ": one table at a time");
    } else {
      request.rows = arguments[i];
    }
  }
  if (!request.help && request.selftest != request.rows.empty()) {
    throw UsageError("give a table of rows, or --selftest; see --help");
  }
  return request;
}

/// Reads a cell as a value of an input or output; float16 are float in memory.
template <typename T>
void read_cell(const std::string& cell, [[maybe_unused]] const Port& port, T& value) {
  if constexpr (std::is_same_v<T, float>) {
    if (port.type == "float16") return kx_host::read_half(cell, value);
  }
  kx_host::read(cell, value);
}

/// Reads a table; `each(row, visit)` visits the fields of a row, which are those of the ports.
template <typename Row, typename Each>
std::vector<Row> read_rows(const fs::path& path, const std::vector<Port>& ports, bool named,
                           const Each& each) {
  const Table table = kx_host::read_table(path, ports, named);
  if (!table.note.empty()) {
    std::fprintf(stderr, "predict: %s: %s\n", table.name.c_str(), table.note.c_str());
  }
  std::vector<Row> rows(table.rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Line& line = table.rows[i];
    std::size_t column = 0;
    auto port = ports.begin();
    each(rows[i], [&](auto& field) {
      const auto values = kx_host::values_of(field);
      for (std::size_t place = 0; place < values.count; ++place, ++column) {
        try {
          read_cell(line.cells[table.places[column]], *port, values.first[place]);
        } catch (const CellError& error) {
          throw table.error(line, table.places[column] + 1, error.what());
        }
      }
      ++port;
    });
  }
  return rows;
}

std::vector<model::Inputs> read_inputs(const fs::path& path) {
  const Contract& contract = model::Predictor::contract();
  return read_rows<model::Inputs>(path, contract.inputs, contract.named,
                                  [](auto& row, auto visit) { model::each_input(row, visit); });
}

std::vector<model::Outputs> read_outputs(const fs::path& path) {
  return read_rows<model::Outputs>(path, model::Predictor::contract().outputs, false,
                                   [](auto& row, auto visit) { model::each_output(row, visit); });
}

/// Spells a value of an output; float16 are float in memory.
template <typename T>
std::string cell_of(const T& value, [[maybe_unused]] const Port& port) {
  if constexpr (std::is_same_v<T, float>) {
    if (port.type == "float16") return kx_host::spell_half(value);
  }
  return kx_host::spell(value);
}

/// Spells predictions as a table.
std::string spelled(const std::vector<model::Outputs>& rows) {
  const std::vector<Port>& ports = model::Predictor::contract().outputs;
  std::string text = kx_host::spell_line(kx_host::columns_of(ports));
  for (const model::Outputs& row : rows) {
    std::vector<std::string> cells;
    auto port = ports.begin();
    model::each_output(row, [&](const auto& field) {
      const auto values = kx_host::values_of(field);
      for (std::size_t i = 0; i < values.count; ++i) {
        cells.push_back(cell_of(values.first[i], *port));
      }
      ++port;
    });
    text += kx_host::spell_line(cells);
  }
  return text;
}

void write(const std::string& text, const fs::path& path) {
  if (path.empty()) {
#ifdef _WIN32
    _setmode(_fileno(stdout), _O_BINARY);
#endif
    if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout)) {
      throw UsageError("the predictions cannot be written");
    }
    return;
  }
  std::ofstream file(path, std::ios::binary);
  file.write(text.data(), static_cast<std::streamsize>(text.size()));
  file.close();
  if (!file) throw UsageError(kx_host::text_of(path) + ": cannot be written");
}

/// Compares rows of outputs with the recorded ones.
void compare(const std::vector<model::Outputs>& found, const std::vector<model::Outputs>& wanted,
             kx_host::Difference& worst) {
  const Contract& contract = model::Predictor::contract();
  for (std::size_t row = 0; row < wanted.size(); ++row) {
    std::vector<const void*> recorded;
    model::each_output(wanted[row], [&](const auto& field) {
      recorded.push_back(kx_host::values_of(field).first);
    });
    std::size_t place = 0;
    model::each_output(found[row], [&](const auto& field) {
      const auto values = kx_host::values_of(field);
      const auto* theirs = static_cast<decltype(values.first)>(recorded[place]);
      kx_host::compare(values.first, theirs, contract.outputs[place], row, contract, worst);
      ++place;
    });
  }
}

/// Predicts rows one by one, or as few as a model that keeps states takes.
std::vector<model::Outputs> singly(const model::Predictor& predictor,
                                   const std::vector<model::Inputs>& rows) {
  const Contract& contract = model::Predictor::contract();
  const std::size_t step = contract.states.empty() ? 1 : contract.batch;
  std::vector<model::Outputs> found;
  for (std::size_t first = 0; first < rows.size(); first += step) {
    if (step == 1) {
      found.push_back(predictor.predict(rows[first]));
      continue;
    }
    const auto start = rows.begin() + static_cast<std::ptrdiff_t>(first);
    const auto part = predictor.predict({start, start + static_cast<std::ptrdiff_t>(step)});
    found.insert(found.end(), part.begin(), part.end());
  }
  return found;
}

/// Replays the recorded rows one by one and all at once; returns the exit code.
int selftest(model::Predictor& predictor, const fs::path& vectors) {
  const std::vector<model::Inputs> rows = read_inputs(vectors / "inputs.csv");
  const std::vector<model::Outputs> wanted = read_outputs(vectors / "outputs.csv");
  const std::size_t expected = model::Predictor::contract().recorded;
  for (const auto& [name, count] :
       {std::pair<const char*, std::size_t>{"inputs.csv", rows.size()},
        std::pair<const char*, std::size_t>{"outputs.csv", wanted.size()}}) {
    if (count != expected) {
      throw UsageError(std::string(name) + ": " + std::to_string(count) + " rows, expected " +
                       std::to_string(expected));
    }
  }
  kx_host::Difference worst;
  compare(singly(predictor, rows), wanted, worst);
  predictor.reset_states();
  compare(predictor.predict(rows), wanted, worst);
  const bool passed = worst.share <= 1;
  std::printf("self-test of %zu rows, one by one and all at once: largest difference %s\n",
              rows.size(), kx_host::spell(worst.largest).c_str());
  if (!passed) std::printf("%s\n", worst.place.c_str());
  std::printf("%s\n", passed ? "passed" : "FAILED");
  return passed ? 0 : 1;
}

int run(const fs::path& program, const std::vector<fs::path>& arguments) {
  const Request request = parse(program, arguments);
  if (request.help) {
    std::fputs(kUsage, stdout);
    return 0;
  }
  model::Predictor predictor(request.model, request.threads);
  if (request.selftest) return selftest(predictor, request.model.parent_path() / "vectors");
  write(spelled(predictor.predict(read_inputs(request.rows))), request.output);
  return 0;
}

int guarded(const fs::path& program, const std::vector<fs::path>& arguments) {
  try {
    return run(program, arguments);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "predict: %s\n", error.what());
    return 2;
  }
}

}  // namespace

#ifdef _WIN32
int wmain(int count, wchar_t** words) {
  return guarded(words[0], std::vector<fs::path>(words + 1, words + count));
}
#else
int main(int count, char** words) {
  return guarded(words[0], std::vector<fs::path>(words + 1, words + count));
}
#endif
