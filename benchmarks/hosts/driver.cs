// Times predictions of one row in C#: by the project's Predictor, whose buffers are bound once, and
// by onnxruntime as its first example has it, with a new value for each input and output.
namespace Bench
{
    using System;
    using System.Collections.Generic;
    using System.Diagnostics;
    using System.Linq;
    using Microsoft.ML.OnnxRuntime;
    using Microsoft.ML.OnnxRuntime.Tensors;

    internal static class Program
    {
        private const int Blocks = 60;
        private const int Calls = 500;

        private static int Main(string[] words)
        {
            var features = new float[33];
            var row = new Row(features: features);
            var result = new Result();
            using (var predictor = new Predictor(words[0]))
            {
                Measure("C#, bound", () => predictor.Predict(row, result));
            }

            using (var options = new SessionOptions { IntraOpNumThreads = 1 })
            using (var session = new InferenceSession(words[0], options))
            {
                string name = session.InputMetadata.Keys.Single();
                Measure("C#, plain", () =>
                {
                    var tensor = new DenseTensor<float>(features, new[] { 1, features.Length });
                    var inputs = new List<NamedOnnxValue> { NamedOnnxValue.CreateFromTensor(name, tensor) };
                    using (var found = session.Run(inputs))
                    {
                        found.First().AsTensor<float>().GetValue(0);
                    }
                });
            }
            return 0;
        }

        /// <summary>Prints the nanoseconds of a call, in the fastest of many blocks.</summary>
        private static void Measure(string name, Action call)
        {
            double least = double.MaxValue;
            for (int block = 0; block < Blocks; block++)
            {
                long start = Stopwatch.GetTimestamp();
                for (int i = 0; i < Calls; i++)
                {
                    call();
                }
                long spent = Stopwatch.GetTimestamp() - start;
                least = Math.Min(least, spent * 1e9 / Stopwatch.Frequency / Calls);
            }
            Console.WriteLine("{0}: {1:F0}", name, least);
        }
    }
}
