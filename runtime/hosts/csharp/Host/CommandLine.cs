namespace Keronyx.Host
{
    using System;
    using System.IO;
    using System.Text;
    using Microsoft.ML.OnnxRuntime;

    /// <summary>A model that takes its rows from a table and fills another.</summary>
    internal interface ITablePredictor : IDisposable
    {
        void Reset();

        void PredictRow(Table inputs, Table outputs, int row);

        void PredictRows(Table inputs, Table outputs, int start, int count);
    }

    /// <summary>What is asked of the program, and doing it.</summary>
    internal sealed class CommandLine
    {
        private const int Right = 0;
        private const int Different = 1;
        private const int Refused = 2;

        private const string Help = @"Usage: {0} ROWS.csv [-o PREDICTIONS.csv] [--model FILE]
       {0} --selftest [--model FILE]

Predict what the model says of each row of a table.

  -o, --output FILE  where predictions go (standard output)
  --model FILE       the model ({1} beside the program)
  --selftest         replay the rows in {2} beside the program
  --help             show this

Exit codes: 0 all is well, 1 the self-test differs, 2 the input or the model is at fault.
";

        private const string Model = "model.onnx";
        private const string Vectors = "vectors";
        private const string NotTaken = ": the model does not take it: ";

        private readonly Signature _signature;
        private readonly Func<string, ITablePredictor> _open;
        private string _rows;
        private string _output;
        private string _model = Beside(Model);
        private bool _help;
        private bool _selfTest;

        internal CommandLine(Signature signature, Func<string, ITablePredictor> open)
        {
            _signature = signature;
            _open = open;
        }

        /// <summary>Does what is asked and returns the exit code.</summary>
        internal int Run(string[] arguments)
        {
            try
            {
                Parse(arguments);
                return _help ? Explain() : _selfTest ? Test() : Predict();
            }
            catch (Exception error) when (IsExpected(error))
            {
                Console.Error.WriteLine(Engine.FirstLine(error));
                return Refused;
            }
            catch (Exception error) when (IsMissing(error))
            {
                string what = Engine.FirstLine(error.InnerException ?? error);
                Console.Error.WriteLine("onnxruntime: the library cannot be loaded: " + what);
                return Refused;
            }
        }

        private static bool IsExpected(Exception error)
        {
            return error is IOException || error is InvalidDataException
                || error is UnauthorizedAccessException || error is ArgumentException
                || error is OnnxRuntimeException;
        }

        private static bool IsMissing(Exception error)
        {
            return error is TypeInitializationException || error is DllNotFoundException
                || error is BadImageFormatException || error is EntryPointNotFoundException;
        }

        private static string Beside(string name)
        {
            return Path.Combine(AppContext.BaseDirectory, name);
        }

        private void Parse(string[] arguments)
        {
            for (int at = 0; at < arguments.Length; at++)
            {
                switch (arguments[at])
                {
                    case "-h":
                    case "--help":
                        _help = true;
                        break;
                    case "--selftest":
                        _selfTest = true;
                        break;
                    case "-o":
                    case "--output":
                        _output = Next(arguments, ref at);
                        break;
                    case "--model":
                        _model = Next(arguments, ref at);
                        break;
                    default:
                        _rows = Rows(arguments[at]);
                        break;
                }
            }
            if (!_help && _selfTest == (_rows != null))
            {
                throw Misused("give one table of rows, or --selftest");
            }
        }

        private string Next(string[] arguments, ref int at)
        {
            if (at + 1 == arguments.Length || arguments[at + 1].Length == 0)
            {
                throw Misused(arguments[at] + " needs the name of a file");
            }
            return arguments[++at];
        }

        private string Rows(string argument)
        {
            if (argument.StartsWith("-", StringComparison.Ordinal))
            {
                throw Misused("no option " + Numerals.Quoted(argument));
            }
            return _rows == null && argument.Length > 0
                ? argument
                : throw Misused("give one table of rows, or --selftest");
        }

        private Exception Misused(string what)
        {
            return new ArgumentException(_signature.Name + ": " + what + " (--help shows how)");
        }

        private int Explain()
        {
            Console.Write(Help.Replace("\r", string.Empty), _signature.Name, Model, Vectors);
            return Right;
        }

        private int Test()
        {
            var test = new SelfTest(_signature, Beside(Vectors), Console.Out);
            using (ITablePredictor predictor = _open(_model))
            {
                return test.Run(predictor) ? Right : Different;
            }
        }

        private int Predict()
        {
            Csv.Source source;
            Table inputs = Csv.Read(_rows, _signature.Inputs, _signature.Named, out source);
            var outputs = new Table(_signature.Outputs, inputs.Rows);
            using (ITablePredictor predictor = _open(_model))
            {
                try
                {
                    predictor.PredictRows(inputs, outputs, 0, inputs.Rows);
                }
                catch (OnnxRuntimeException error)
                {
                    Locate(predictor, inputs, outputs, source.Lines);
                    throw new InvalidDataException(_rows + NotTaken + Engine.FirstLine(error));
                }
            }
            Write(outputs);
            if (source.Note != null)
            {
                Console.Error.WriteLine(_rows + ": " + source.Note);
            }
            return Right;
        }

        /// <summary>Finds the row that the model does not take, if it keeps no states.</summary>
        private void Locate(ITablePredictor predictor, Table inputs, Table outputs, int[] lines)
        {
            int tried = _signature.States.Count > 0 ? 0 : inputs.Rows;
            for (int row = 0; row < tried; row++)
            {
                try
                {
                    predictor.PredictRow(inputs, outputs, row);
                }
                catch (OnnxRuntimeException error)
                {
                    string where = FormattableString.Invariant($"{_rows}: line {lines[row]}");
                    throw new InvalidDataException(where + NotTaken + Engine.FirstLine(error));
                }
            }
        }

        private void Write(Table outputs)
        {
            Stream stream = _output == null ? Console.OpenStandardOutput() : Create(_output);
            using (var writer = new StreamWriter(stream, new UTF8Encoding(false)))
            {
                Csv.Write(writer, outputs);
            }
        }

        private static Stream Create(string path)
        {
            try
            {
                return File.Create(path);
            }
            catch (Exception error) when (IsExpected(error))
            {
                string what = ": cannot be written: " + Engine.FirstLine(error);
                throw new IOException(path + what, error);
            }
        }
    }
}
