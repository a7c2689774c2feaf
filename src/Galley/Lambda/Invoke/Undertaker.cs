using System.Diagnostics;
using System.Text;

namespace Galley.Lambda.Invoke;

/// <summary>
/// One small process that outlives Galley by a moment: when its pipe from Galley closes without a word, Galley was killed, and it kills
/// whatever functions left running and deletes the scratch folder. It sits in a session of its own, out of reach of Ctrl-C.
/// </summary>
internal sealed class Undertaker : IDisposable
{
    // Functions are known by the folder that stands in their environment. Those that are just starting show it a moment later, so it
    // looks again until it finds none.
    private const string Script = """
        trap '' INT TERM HUP
        while read -r word; do [ "$word" = done ] && exit 0; done
        for round in 1 2 3 4 5 6 7 8 9 10; do
          found=
          for file in $(grep -laF -- "$1/" /proc/[0-9]*/environ 2>/dev/null); do
            process=${file#/proc/}
            kill -KILL "${process%/environ}" 2>/dev/null && found=1
          done
          [ -z "$found" ] && [ "$round" -gt 2 ] && break
          sleep 0.05
        done
        rm -rf -- "$1"
        """;

    private readonly Process _process;

    private Undertaker(Process process) => _process = process;

    /// <param name="scratch">The folder that ends with Galley, and that every function's environment names.</param>
    public static Undertaker? Start(string scratch)
    {
        if (!OperatingSystem.IsLinux()) return null;
        string[] line = [.. WorkerProcess.SetSid is { } setsid ? (string[])[setsid, "/bin/sh"] : ["/bin/sh"], "-c", Script, "galley-undertaker", scratch];
        var start = new ProcessStartInfo(line[0], line.Skip(1)) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = "/" };
        start.Environment.Clear();
        start.Environment["PATH"] = "/usr/local/bin:/usr/bin:/bin";
        return new Undertaker(Process.Start(start)!);
    }

    /// <summary>Galley ends as it should: there is nothing to do.</summary>
    public void Dispose()
    {
        try
        {
            _process.StandardInput.BaseStream.Write(Encoding.ASCII.GetBytes("done\n"));
            _process.StandardInput.Close();
            _process.WaitForExit();
        }
        catch (IOException)
        {
            // somebody killed it
        }

        _process.Dispose();
    }
}
