namespace Keronyx.Host
{
    using System;
    using System.IO;
    using System.Linq;

    /// <summary>
    /// Replays recorded rows, one by one, or as few as a model that keeps states takes, and all
    /// together.
    /// </summary>
    internal sealed class SelfTest
    {
        private const int Shown = 5;

        private readonly Signature _signature;
        private readonly Table _inputs;
        private readonly Table _recorded;
        private readonly TextWriter _writer;
        private double _largest;
        private int _wrong;

        /// <summary>Reads what was recorded.</summary>
        /// <exception cref="IOException">A file is missing or damaged.</exception>
        internal SelfTest(Signature signature, string folder, TextWriter writer)
        {
            Csv.Source source;
            string recorded = Path.Combine(folder, "outputs.csv");
            _signature = signature;
            _writer = writer;
            string given = Path.Combine(folder, "inputs.csv");
            _inputs = Csv.Read(given, signature.Inputs, true, out source);
            _recorded = Csv.Read(recorded, signature.Outputs, true, out source);
            if (_recorded.Rows != _inputs.Rows)
            {
                throw new InvalidDataException(FormattableString.Invariant(
                    $"{recorded}: {_recorded.Rows} rows, expected {_inputs.Rows}"));
            }
        }

        /// <summary>Runs the rows, says how far off they are, returns whether all agree.</summary>
        internal bool Run(ITablePredictor predictor)
        {
            var found = new Table(_signature.Outputs, _inputs.Rows);
            int step = _signature.States.Count > 0 ? _signature.Batch : 1;
            for (int row = 0; row < _inputs.Rows; row += step)
            {
                if (step > 1)
                {
                    predictor.PredictRows(_inputs, found, row, step);
                }
                else
                {
                    predictor.PredictRow(_inputs, found, row);
                }
            }
            Compare(found, "alone");
            predictor.Reset();
            predictor.PredictRows(_inputs, found, 0, _inputs.Rows);
            Compare(found, "in the batch");
            string verdict = _wrong == 0
                ? "right"
                : FormattableString.Invariant($"WRONG, {_wrong} values are off");
            _writer.WriteLine(FormattableString.Invariant(
                $"self-test of {_inputs.Rows} rows, alone and in a batch: largest difference ")
                + FormattableString.Invariant($"{_largest:0.##e+0}, {verdict}"));
            return _wrong == 0;
        }

        private void Compare(Table found, string how)
        {
            for (int port = 0; port < found.Ports.Count; port++)
            {
                for (int row = 0; row < found.Rows; row++)
                {
                    CompareRow(found, port, row, how);
                }
            }
        }

        private void CompareRow(Table found, int port, int row, string how)
        {
            Kind kind = found.Ports[port].Kind;
            int size = found.Ports[port].Size;
            int start = row * size;
            Array ours = found.Arrays[port];
            Array theirs = _recorded.Arrays[port];
            double largest = kind.IsReal && size > 0
                ? Enumerable.Range(start, size).Max(at => Math.Abs(kind.Real(theirs, at)))
                : 0;
            for (int at = start; at < start + size; at++)
            {
                if (kind.IsReal
                    ? IsNear(kind.Real(ours, at), kind.Real(theirs, at), largest)
                    : kind.Text(ours, at) == kind.Text(theirs, at))
                {
                    continue;
                }
                if (_wrong++ < Shown)
                {
                    string column = found.Ports[port].Columns.ElementAt(at - start);
                    _writer.WriteLine(FormattableString.Invariant(
                        $"row {row + 1} {how}, {column}: {kind.Text(ours, at)}, recorded ")
                        + kind.Text(theirs, at));
                }
            }
        }

        private bool IsNear(double ours, double theirs, double largest)
        {
            if (ours.Equals(theirs))
            {
                return true;
            }
            double distance = Math.Abs(ours - theirs);
            double allowed = (_signature.AbsoluteTolerance * Math.Max(1, largest))
                + (_signature.RelativeTolerance * Math.Abs(theirs));
            _largest = Math.Max(_largest, distance);
            return !double.IsInfinity(theirs) && distance <= allowed;
        }
    }
}
