using Galley.CloudFront;
using Galley.Logs;

namespace Galley.Arrows;

/// <summary>What CloudFront Functions print goes to their log groups in us-east-1, where AWS keeps them.</summary>
internal sealed class CloudFrontToLogs(Installation installation, LogsService logs) : IWriteFunctionLogs
{
    public ValueTask Write(string account, string group, string stream, IReadOnlyList<string> lines)
        => logs.Append(account, "us-east-1", group, stream, [.. lines.Select(line => (installation.Now, line))]);
}
