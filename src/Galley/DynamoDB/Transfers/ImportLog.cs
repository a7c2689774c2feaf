using System.Text.Json;
using Galley.Wire;

namespace Galley.DynamoDB.Transfers;

/// <summary>Port: log groups, as the given caller may write to them (Arrows/DynamoDBToLogs).</summary>
internal interface IWriteImportLogs
{
    ValueTask Write(Principal caller, string account, string region, string group, string stream, IReadOnlyList<string> lines);
}

/// <summary>What an import has left out and why, without the items themselves: the first ten thousand, in AWS's form.</summary>
internal sealed class ImportLog(IWriteImportLogs logs, ImportTableDescription import, Call call)
{
    public const string Group = "/aws-dynamodb/imports";
    private const int Most = 10_000, AtOnce = 100;
    private readonly List<string> _lines = [];
    private int _told;

    public static string GroupArn(Call call) => call.Arn("logs", $"log-group:{Group}:*");

    /// <param name="key">The file's.</param>
    /// <param name="index">Of the item in it, from 0.</param>
    /// <param name="problem">Why it is left out.</param>
    public async ValueTask LeftOut(string key, long index, string problem)
    {
        if (_told++ >= Most) return;
        var entry = new ImportError(new(import.S3BucketSource.S3Bucket!, key, index), import.ImportArn, [problem]);
        _lines.Add(JsonSerializer.Serialize(entry, DynamoDBJson.Default.ImportError));
        if (_lines.Count == AtOnce) await Flush();
    }

    public async ValueTask Flush()
    {
        if (_lines.Count > 0) await logs.Write(call.Principal, call.Account, call.Region, Group, import.ImportArn[(import.ImportArn.LastIndexOf('/') + 1)..] + "/error", [.. _lines]);
        _lines.Clear();
    }
}

internal sealed record ImportError(ItemPointer itemS3Pointer, string importArn, string[] errorMessages);

internal sealed record ItemPointer(string bucket, string key, long itemIndex);
