using System.Diagnostics;

namespace Galley.Cli.Deploy;

/// <summary>Lines with the time since the start, so that what takes long is seen to take it, and at the end what each step took.</summary>
internal sealed class Progress(TextWriter output)
{
    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private readonly List<(string Step, TimeSpan At)> _steps = [];

    public void Say(string line) => output.WriteLine($"  {_watch.Elapsed.TotalSeconds,6:0.0} s  {line}");

    /// <summary>A step begins, and with it the one before ends.</summary>
    public void Begin(string step) => _steps.Add((step, _watch.Elapsed));

    /// <summary>The last step ends.</summary>
    public void End()
    {
        var ends = _steps.Skip(1).Select(step => step.At).Append(_watch.Elapsed);
        Say($"took {_watch.Elapsed.TotalSeconds:0.00} s: {string.Join(", ", _steps.Zip(ends, (step, end) => $"{step.Step} {(end - step.At).TotalSeconds:0.00}"))}");
    }
}
