namespace Keronyx.Host
{
    using System.Collections.Generic;

    /// <summary>What a program knows of the model that it was written for.</summary>
    internal sealed class Signature
    {
        internal Signature(string name, IReadOnlyList<Port> inputs, IReadOnlyList<Port> outputs)
        {
            Name = name;
            Inputs = inputs;
            Outputs = outputs;
        }

        internal string Name { get; }

        internal IReadOnlyList<Port> Inputs { get; }

        internal IReadOnlyList<Port> Outputs { get; }

        /// <summary>Gets or sets the inputs that take what the last call left.</summary>
        internal IReadOnlyList<Port> States { get; set; } = new Port[0];

        /// <summary>Gets or sets the outputs that leave it, in the same order.</summary>
        internal IReadOnlyList<Port> NextStates { get; set; } = new Port[0];

        /// <summary>Gets or sets the number of rows that the graph fixes; 0 if any.</summary>
        internal int Batch { get; set; }

        /// <summary>Gets or sets whether a header must have the columns' names.</summary>
        internal bool Named { get; set; }

        /// <summary>Gets or sets the checksum of the Keras file; empty if there was none.</summary>
        internal string SourceSha256 { get; set; } = string.Empty;

        internal double RelativeTolerance { get; set; }

        internal double AbsoluteTolerance { get; set; }
    }
}
