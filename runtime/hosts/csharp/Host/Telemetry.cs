namespace Keronyx.Host
{
    using System;
    using System.Runtime.InteropServices;

    /// <summary>
    /// Microsoft's builds of onnxruntime report on their use unless they are told not to before
    /// they are loaded.
    /// </summary>
    internal static class Telemetry
    {
        private const string Switch = "ORT_DISABLE_TELEMETRY";

        /// <summary>Turns it off; to be called before anything of onnxruntime is touched.</summary>
        internal static void TurnOff()
        {
            Environment.SetEnvironmentVariable(Switch, "1");
            if (!RuntimeInformation.IsOSPlatform(OSPlatform.Windows))
            {
                // .NET keeps an environment of its own here, which native libraries do not see.
                SetNative(Switch, "1", 1);
            }
        }

        [DllImport("libc", EntryPoint = "setenv", CharSet = CharSet.Ansi)]
        private static extern int SetNative(string name, string value, int overwrite);
    }
}
