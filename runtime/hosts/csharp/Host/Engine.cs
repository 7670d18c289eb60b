namespace Keronyx.Host
{
    using System;
    using System.Collections.Concurrent;
    using System.Collections.Generic;
    using System.IO;
    using System.Linq;
    using Microsoft.ML.OnnxRuntime;

    /// <summary>
    /// A model in onnxruntime and its buffers. Threads may rent buffers at the same time; nothing
    /// is locked while the model runs, unless it keeps states: then calls take turns.
    /// </summary>
    internal sealed class Engine : IDisposable
    {
        private const int MostRows = 1024;
        private const int MostValues = 1 << 20;

        private readonly Signature _signature;
        private readonly InferenceSession _session;
        private readonly ConcurrentBag<Buffers> _single = new ConcurrentBag<Buffers>();
        private readonly ConcurrentBag<Buffers> _blocks = new ConcurrentBag<Buffers>();
        private readonly Table _states;
        private volatile bool _disposed;

        static Engine()
        {
            Telemetry.TurnOff();
        }

        /// <summary>Opens a model, which must be the one that is expected.</summary>
        /// <exception cref="FileNotFoundException">There is no such file.</exception>
        /// <exception cref="InvalidDataException">It is no model, or another one.</exception>
        internal Engine(string path, Signature signature, int threads)
        {
            if (threads < 0)
            {
                throw new ArgumentOutOfRangeException(nameof(threads));
            }
            if (!File.Exists(path))
            {
                throw new FileNotFoundException(path + ": no such file", path);
            }
            _signature = signature;
            int largest = signature.Inputs.Concat(signature.Outputs).Max(port => port.Size);
            int rows = Math.Min(MostRows, MostValues / Math.Max(largest, 1));
            BlockRows = signature.Batch > 0 ? signature.Batch : Math.Max(rows, 1);
            _states = new Table(signature.States, BlockRows);
            _session = Open(path, threads);
            try
            {
                Check(path);
            }
            catch
            {
                _session.Dispose();
                throw;
            }
        }

        /// <summary>Gets the number of rows that buffers hold at most.</summary>
        internal int BlockRows { get; }

        /// <summary>Gets what calls lock that begin where the last one ended.</summary>
        internal object Turn { get; } = new object();

        /// <summary>Makes sure that rows fill their blocks, since states belong to rows.</summary>
        /// <exception cref="ArgumentException">They do not.</exception>
        internal void CheckWhole(int rows)
        {
            if (rows % BlockRows != 0)
            {
                throw new ArgumentException(FormattableString.Invariant(
                    $"{rows} rows for a stateful model that takes {BlockRows} at a time"));
            }
        }

        /// <summary>Begins anew, with states of zeros.</summary>
        internal void ResetStates()
        {
            lock (Turn)
            {
                _states.Clear();
            }
        }

        /// <summary>Runs the model on the first rows, from the states that are kept.</summary>
        /// <exception cref="OnnxRuntimeException">The model does not take the values.</exception>
        internal void Run(Buffers buffers, int rows)
        {
            buffers.States.CopyFrom(_states);
            buffers.Run(rows);
            _states.CopyFrom(buffers.NextStates);
        }

        /// <summary>Takes buffers for some rows, which nobody else uses meanwhile.</summary>
        /// <exception cref="ObjectDisposedException">The model is closed.</exception>
        internal Buffers Rent(int rows)
        {
            if (_disposed)
            {
                throw new ObjectDisposedException(_signature.Name);
            }
            Buffers buffers;
            if (Pool(rows).TryTake(out buffers))
            {
                if (buffers.Inputs.Rows >= rows)
                {
                    return buffers;
                }
                buffers.Dispose();
            }
            return new Buffers(_session, _signature, _signature.Batch > 0 ? BlockRows : rows);
        }

        /// <summary>Gives buffers back for the next call on as many rows.</summary>
        internal void Return(Buffers buffers, int rows)
        {
            Pool(rows).Add(buffers);
            if (_disposed)
            {
                Clear();
            }
        }

        public void Dispose()
        {
            _disposed = true;
            Clear();
            _session.Dispose();
        }

        private static InferenceSession Open(string path, int threads)
        {
            OrtEnv.Instance().DisableTelemetryEvents();
            using (var options = new SessionOptions())
            {
                options.IntraOpNumThreads = threads;
                options.InterOpNumThreads = 1;
                options.LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL;
                try
                {
                    return new InferenceSession(path, options);
                }
                catch (OnnxRuntimeException error)
                {
                    string what = ": onnxruntime cannot open it: " + FirstLine(error);
                    throw new InvalidDataException(path + what, error);
                }
            }
        }

        /// <summary>Returns what is wrong without what follows it.</summary>
        internal static string FirstLine(Exception error)
        {
            return error.Message.Trim().Split('\r', '\n')[0];
        }

        // Calls on one row have buffers of their own, whose size never changes.
        private ConcurrentBag<Buffers> Pool(int rows)
        {
            return rows == 1 ? _single : _blocks;
        }

        private void Clear()
        {
            foreach (ConcurrentBag<Buffers> pool in new[] { _single, _blocks })
            {
                Buffers buffers;
                while (pool.TryTake(out buffers))
                {
                    buffers.Dispose();
                }
            }
        }

        private void Check(string path)
        {
            string found;
            _session.ModelMetadata.CustomMetadataMap.TryGetValue("source_sha256", out found);
            string expected = _signature.SourceSha256;
            string wrong = expected.Length > 0 && found != expected
                ? "its source's SHA-256 is " + (found ?? "missing") + ", expected " + expected
                : Difference("input", _signature.Inputs, _signature.States, _session.InputMetadata)
                    ?? Difference(
                        "output",
                        _signature.Outputs,
                        _signature.NextStates,
                        _session.OutputMetadata);
            if (wrong != null)
            {
                string what = ": not the model that this program was written for: ";
                throw new InvalidDataException(path + what + wrong);
            }
        }

        private string Difference(
            string what,
            IReadOnlyList<Port> own,
            IReadOnlyList<Port> states,
            IReadOnlyDictionary<string, NodeMetadata> found)
        {
            Port[] ports = own.Concat(states).ToArray();
            if (!ports.Select(port => port.Name).OrderBy(name => name, StringComparer.Ordinal)
                .SequenceEqual(found.Keys.OrderBy(name => name, StringComparer.Ordinal)))
            {
                string names = string.Join(", ", found.Keys.Select(Numerals.Quoted));
                string wanted = string.Join(", ", ports.Select(port => Numerals.Quoted(port.Name)));
                return "its " + what + "s are " + names + ", expected " + wanted;
            }
            foreach (Port port in ports)
            {
                NodeMetadata node = found[port.Name];
                if (!Fits(port, node))
                {
                    return "its " + what + " " + Numerals.Quoted(port.Name) + " is " + Shown(node)
                        + ", expected " + port.Kind.Name + Shape(new[] { Rows }.Concat(port.Row));
                }
            }
            return null;
        }

        private int Rows => _signature.Batch > 0 ? _signature.Batch : -1;

        private bool Fits(Port port, NodeMetadata node)
        {
            if (!node.IsTensor || node.ElementDataType != port.Kind.Element)
            {
                return false;
            }
            int[] sizes = node.Dimensions;
            int[] expected = new[] { Rows }.Concat(port.Row).ToArray();
            return sizes.Length == expected.Length
                && !sizes.Where((size, axis) => size != -1 && size != expected[axis]).Any();
        }

        private static string Shown(NodeMetadata node)
        {
            return node.IsTensor
                ? node.ElementDataType.ToString().ToLowerInvariant() + Shape(node.Dimensions)
                : "no tensor";
        }

        private static string Shape(IEnumerable<int> sizes)
        {
            return " (" + string.Join(", ", sizes.Select(size => size < 0 ? "?" : $"{size}")) + ")";
        }
    }
}
