"""What the printers for JavaScript, C# and Python share, and their parts."""
