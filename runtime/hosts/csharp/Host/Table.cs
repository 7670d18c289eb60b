namespace Keronyx.Host
{
    using System;
    using System.Collections.Generic;
    using System.Linq;

    /// <summary>An input or an output: its name in the graph, its type, a row's shape.</summary>
    internal sealed class Port
    {
        internal Port(string name, Kind kind, params int[] row)
        {
            Name = name;
            Kind = kind;
            Row = row;
            Size = row.Aggregate(1, (size, each) => size * each);
        }

        internal string Name { get; }

        internal Kind Kind { get; }

        internal int[] Row { get; }

        /// <summary>Gets or sets the names that somebody gave to the columns, if any.</summary>
        internal string[] Given { get; set; }

        /// <summary>Gets the number of values in a row.</summary>
        internal int Size { get; }

        /// <summary>Gets the names of the columns of a table: given, x, or x[0] ...</summary>
        internal IEnumerable<string> Columns => Given ?? (
            Size == 1 ? new[] { Name } : Enumerable.Range(0, Size).Select(at => Name + Place(at)));

        /// <summary>Returns an array, which must hold the values of a row.</summary>
        internal static T[] Checked<T>(T[] values, int size, string parameter)
        {
            if (values == null)
            {
                throw new ArgumentNullException(parameter);
            }
            if (values.Length != size)
            {
                string message = FormattableString.Invariant(
                    $"{values.Length} values, expected {size}");
                throw new ArgumentException(message, parameter);
            }
            return values;
        }

        private string Place(int at)
        {
            string place = string.Empty;
            for (int axis = Row.Length - 1; axis >= 0; axis--)
            {
                place = FormattableString.Invariant($"[{at % Row[axis]}]{place}");
                at /= Row[axis];
            }
            return place;
        }
    }

    /// <summary>Rows of several ports; of each, all values in one array, row after row.</summary>
    internal sealed class Table
    {
        internal Table(IReadOnlyList<Port> ports, int rows)
        {
            Ports = ports;
            Rows = rows;
            Arrays = ports.Select(port => port.Kind.NewArray(checked(rows * port.Size))).ToArray();
        }

        internal IReadOnlyList<Port> Ports { get; }

        internal int Rows { get; }

        internal IReadOnlyList<Array> Arrays { get; }

        internal T Value<T>(int port, int row)
        {
            return ((T[])Arrays[port])[row];
        }

        internal void SetValue<T>(int port, int row, T value)
        {
            ((T[])Arrays[port])[row] = value;
        }

        internal T[] Values<T>(int port, int row)
        {
            var values = new T[Ports[port].Size];
            CopyTo(port, row, values);
            return values;
        }

        internal void SetValues<T>(int port, int row, T[] values)
        {
            Array.Copy(values, 0, (T[])Arrays[port], row * values.Length, values.Length);
        }

        internal void CopyTo<T>(int port, int row, T[] values)
        {
            Array.Copy((T[])Arrays[port], row * values.Length, values, 0, values.Length);
        }

        /// <summary>Takes all values of another table of the same sizes.</summary>
        internal void CopyFrom(Table other)
        {
            for (int port = 0; port < Arrays.Count; port++)
            {
                Array.Copy(other.Arrays[port], Arrays[port], Arrays[port].Length);
            }
        }

        /// <summary>Fills it with zeros.</summary>
        internal void Clear()
        {
            foreach (Array values in Arrays)
            {
                Array.Clear(values, 0, values.Length);
            }
        }

        /// <summary>Fills up the last rows with one of those before them.</summary>
        internal void Repeat(int row, int end)
        {
            for (int port = 0; port < Ports.Count; port++)
            {
                int size = Ports[port].Size;
                for (int next = row + 1; next < end; next++)
                {
                    Array.Copy(Arrays[port], row * size, Arrays[port], next * size, size);
                }
            }
        }
    }
}
