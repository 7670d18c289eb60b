// Times predictions of one row in C++: by the project's Predictor, whose buffers are bound once, and
// by onnxruntime as its first example has it, with a new value for each input and output.
#include <onnxruntime_cxx_api.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <vector>

#include "fields.hpp"
#include "predictor.hpp"

namespace {

constexpr int kBlocks = 60;
constexpr int kCalls = 500;

/// Prints the nanoseconds of a call, in the fastest of many blocks of calls.
template <typename Call>
void measure(const char* name, const Call& call) {
  double least = 1e18;
  for (int block = 0; block < kBlocks; ++block) {
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < kCalls; ++i) call();
    const std::chrono::duration<double, std::nano> spent = std::chrono::steady_clock::now() - start;
    least = std::min(least, spent.count() / kCalls);
  }
  std::printf("%s: %.0f\n", name, least);
}

}  // namespace

int main(int, char** words) {
  const bench_model::Predictor predictor(words[1]);
  bench_model::Inputs row;
  float sink = 0;
  measure("C++, bound", [&] {
    row.features[0] = sink / 1e9f;
    bench_model::each_output(predictor.predict(row),
                             [&](const auto& field) { sink += *kx_host::values_of(field).first; });
  });

  const auto& contract = bench_model::Predictor::contract();
  Ort::Env environment(ORT_LOGGING_LEVEL_FATAL, "plain");
  Ort::SessionOptions options;
  options.SetIntraOpNumThreads(1);
  Ort::Session session(environment, words[1], options);
  const auto memory = Ort::MemoryInfo::CreateCpu(OrtArenaAllocator, OrtMemTypeDefault);
  const char* inputs[] = {contract.inputs[0].name.c_str()};
  const char* outputs[] = {contract.outputs[0].name.c_str()};
  const std::array<std::int64_t, 2> shape{1, contract.inputs[0].row[0]};
  std::vector<float> features(row.features.begin(), row.features.end());
  measure("C++, plain", [&] {
    features[0] = sink / 1e9f;
    const auto input = Ort::Value::CreateTensor<float>(memory, features.data(), features.size(),
                                                       shape.data(), shape.size());
    const auto found = session.Run(Ort::RunOptions{}, inputs, &input, 1, outputs, 1);
    sink += found[0].GetTensorData<float>()[0];
  });
  return sink == 12345 ? 1 : 0;
}
