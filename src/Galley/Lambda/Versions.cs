using System.Globalization;
using Galley.Store;
using Galley.Wire;

namespace Galley.Lambda;

/// <summary>Published versions: frozen copies of $LATEST, numbered from 1. Publishing without a change gives the last one again.</summary>
internal sealed class Versions(Installation installation)
{
    public async ValueTask<FunctionConfiguration> PublishVersion(PublishVersionRequest request, Call call)
    {
        var function = FunctionRef.Parse(request.FunctionName, call, null, FunctionNameForm.Plain).Unqualified;
        var now = Functions.Timestamp(installation);
        var version = await installation.Store.Write(async tx =>
        {
            var latest = await Functions.Find(tx, function);
            if (request.RevisionId is not null && request.RevisionId != latest.Revision) throw Errors.Precondition();
            if (!string.IsNullOrEmpty(request.CodeSha256) && request.CodeSha256 != latest.CodeSha256)
                throw Errors.InvalidParameter($"CodeSHA256 ({request.CodeSha256}) is different from current CodeSHA256 in $LATEST ({latest.CodeSha256}). Please try again with the CodeSHA256 in $LATEST.");
            if (latest.Published > 0 && await tx.Get(Keys.Version(function, latest.Published), LambdaJson.Default.FunctionRecord) is { } last && IsSame(latest, last)) return last;
            return Publish(tx, latest, request.Description, now, installation.Ids);
        });
        return version.Configuration(installation.Secrets);
    }

    public async ValueTask<ListVersionsResponse> ListVersionsByFunction(ListVersionsRequest request, Call call)
    {
        var function = FunctionRef.Parse(request.FunctionName, call).Unqualified;
        var limit = Math.Clamp(request.MaxItems ?? 50, 1, 50);
        var all = await installation.Store.Read(async snapshot =>
        {
            var latest = await Functions.Find(snapshot, function);
            return (List<FunctionRecord>)[latest, .. await snapshot.List(Keys.Versions(function), LambdaJson.Default.FunctionRecord)];
        });
        var from = request.Marker is null ? 0 : all.FindIndex(record => record.Version == request.Marker) + 1;
        return new ListVersionsResponse(
            [.. all.Skip(from).Take(limit).Select(record => record.Configuration(installation.Secrets, record.Reference(record.Version).QualifiedArn).Listed())],
            all.Count > from + limit ? all[from + limit - 1].Version : null);
    }

    /// <summary>Whether $LATEST still has the code and the configuration of the version.</summary>
    private bool IsSame(FunctionRecord latest, FunctionRecord version)
        => latest.CodeSha256 == version.CodeSha256
           && (latest.Runtime, latest.Role, latest.Handler, latest.Timeout, latest.MemorySize, latest.EphemeralSize, latest.Architecture, latest.LogGroup, latest.JsonLog, latest.Tracing)
           == (version.Runtime, version.Role, version.Handler, version.Timeout, version.MemorySize, version.EphemeralSize, version.Architecture, version.LogGroup, version.JsonLog, version.Tracing)
           && latest.Layers.SequenceEqual(version.Layers)
           && Variables(latest).SequenceEqual(Variables(version));

    private IEnumerable<KeyValuePair<string, string>> Variables(FunctionRecord record)
        => (record.OpenEnvironment(installation.Secrets) ?? []).OrderBy(variable => variable.Key, StringComparer.Ordinal);

    /// <summary>Freezes $LATEST as the next version within a transaction.</summary>
    public static FunctionRecord Publish(ITransaction tx, FunctionRecord latest, string? description, string now, Ids ids)
    {
        var number = latest.Published + 1;
        var version = latest with
        {
            Version = number.ToString(CultureInfo.InvariantCulture),
            Description = description ?? latest.Description,
            LastModified = now,
            RevisionId = ids.Uuid(),
            Touched = null,
            Tags = [],
            ReservedConcurrency = null,
        };
        tx.Put(Keys.Version(latest.Reference(), number), version, LambdaJson.Default.FunctionRecord);
        tx.Put(Keys.Function(latest.Reference()), latest with { Published = number, Touched = ids.Uuid() }, LambdaJson.Default.FunctionRecord);
        return version;
    }
}

internal sealed record PublishVersionRequest(string? CodeSha256, string? Description, string? RevisionId)
{
    public required string FunctionName { get; init; }
}

internal sealed record ListVersionsRequest(string? Marker, int? MaxItems)
{
    public required string FunctionName { get; init; }
}

internal sealed record ListVersionsResponse(FunctionConfiguration[] Versions, string? NextMarker);
