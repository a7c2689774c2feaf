using System.Diagnostics;

namespace Galley.Cli.Deploy;

/// <summary>Lines with the time since the start, so that what takes long is seen to take it.</summary>
internal sealed class Progress(TextWriter output)
{
    private readonly Stopwatch _watch = Stopwatch.StartNew();

    public void Say(string line) => output.WriteLine($"  {_watch.Elapsed.TotalSeconds,6:0.0} s  {line}");
}
