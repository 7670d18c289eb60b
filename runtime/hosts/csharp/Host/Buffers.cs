namespace Keronyx.Host
{
    using System;
    using System.Collections.Generic;
    using System.Linq;
    using Microsoft.ML.OnnxRuntime;

    /// <summary>
    /// Memory for some rows of inputs and outputs, pinned and bound to a model once, and used for
    /// one call after the other.
    /// </summary>
    internal sealed class Buffers : IDisposable
    {
        private readonly InferenceSession _session;
        private readonly OrtIoBinding _binding;
        private readonly RunOptions _options = new RunOptions();
        private readonly bool _fixed;
        private OrtValue[] _inputs = new OrtValue[0];
        private OrtValue[] _outputs = new OrtValue[0];
        private OrtValue[] _states = new OrtValue[0];
        private OrtValue[] _nextStates = new OrtValue[0];
        private int _bound = -1;

        internal Buffers(InferenceSession session, Signature signature, int rows)
        {
            _session = session;
            _binding = session.CreateIoBinding();
            // Errors are thrown; they need not be printed too.
            _options.LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL;
            _fixed = signature.Batch > 0;
            Inputs = new Table(signature.Inputs, rows);
            Outputs = new Table(signature.Outputs, rows);
            States = new Table(signature.States, rows);
            NextStates = new Table(signature.NextStates, rows);
        }

        internal Table Inputs { get; }

        internal Table Outputs { get; }

        /// <summary>Gets what the model takes of the last call.</summary>
        internal Table States { get; }

        /// <summary>Gets what it leaves for the next one.</summary>
        internal Table NextStates { get; }

        /// <summary>Runs the model on the first rows of the inputs.</summary>
        /// <exception cref="OnnxRuntimeException">The model does not take the values.</exception>
        internal void Run(int rows)
        {
            int bound = _fixed ? Inputs.Rows : rows;
            if (bound != _bound)
            {
                Bind(bound);
            }
            if (rows < bound)
            {
                Inputs.Repeat(rows - 1, bound);
            }
            SendTexts();
            _session.RunWithBinding(_options, _binding);
            FetchTexts();
        }

        public void Dispose()
        {
            Release(_inputs.Concat(_outputs).Concat(_states).Concat(_nextStates));
            _binding.Dispose();
            _options.Dispose();
        }

        private static OrtValue[] Tensors(Table table, int rows)
        {
            var tensors = new OrtValue[table.Ports.Count];
            for (int at = 0; at < tensors.Length; at++)
            {
                Port port = table.Ports[at];
                long[] shape = new[] { rows }.Concat(port.Row).Select(size => (long)size).ToArray();
                tensors[at] = port.Kind.NewTensor(table.Arrays[at], rows * port.Size, shape);
            }
            return tensors;
        }

        private static void Release(IEnumerable<OrtValue> tensors)
        {
            foreach (OrtValue tensor in tensors)
            {
                tensor.Dispose();
            }
        }

        private void Bind(int rows)
        {
            OrtValue[] old = _inputs.Concat(_outputs).Concat(_states).Concat(_nextStates).ToArray();
            _bound = -1;
            _inputs = Tensors(Inputs, rows);
            _outputs = Tensors(Outputs, rows);
            _states = Tensors(States, rows);
            _nextStates = Tensors(NextStates, rows);
            BindInputs(Inputs, _inputs);
            BindInputs(States, _states);
            BindOutputs(Outputs, _outputs);
            BindOutputs(NextStates, _nextStates);
            _bound = rows;
            Release(old);
        }

        private void BindInputs(Table table, OrtValue[] tensors)
        {
            for (int at = 0; at < tensors.Length; at++)
            {
                _binding.BindInput(table.Ports[at].Name, tensors[at]);
            }
        }

        private void BindOutputs(Table table, OrtValue[] tensors)
        {
            for (int at = 0; at < tensors.Length; at++)
            {
                _binding.BindOutput(table.Ports[at].Name, tensors[at]);
            }
        }

        private void SendTexts()
        {
            for (int port = 0; port < _inputs.Length; port++)
            {
                if (Inputs.Ports[port].Kind.IsText)
                {
                    var texts = (string[])Inputs.Arrays[port];
                    for (int at = 0; at < _bound * Inputs.Ports[port].Size; at++)
                    {
                        string text = texts[at] ?? throw new ArgumentException("a text is null");
                        _inputs[port].StringTensorSetElementAt(text.AsSpan(), at);
                    }
                }
            }
        }

        private void FetchTexts()
        {
            for (int port = 0; port < _outputs.Length; port++)
            {
                if (Outputs.Ports[port].Kind.IsText)
                {
                    var texts = (string[])Outputs.Arrays[port];
                    for (int at = 0; at < _bound * Outputs.Ports[port].Size; at++)
                    {
                        texts[at] = _outputs[port].GetStringElement(at);
                    }
                }
            }
        }
    }
}
