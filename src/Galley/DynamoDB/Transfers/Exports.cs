using System.Globalization;
using System.Text.Json;
using Galley.DynamoDB.Upkeep;
using Galley.Store;
using Galley.Wire;

namespace Galley.DynamoDB.Transfers;

/// <summary>
/// ExportTableToPointInTime: a table with point-in-time recovery as it was at a moment, or what changed in it within a period, into a bucket.
/// The export goes on in the background (<see cref="ExportRuns"/>) with the rights of whoever asked for it.
/// </summary>
internal sealed class Exports(Installation installation, TableCatalog catalog, Agenda agenda)
{
    public async ValueTask<ExportResponse> ExportTableToPointInTime(ExportTableToPointInTimeRequest request, Call call)
    {
        ExportRules.Check(request);
        if (await Again(request, call) is { } before) return new(before);
        ExportRules.CheckKey(request.S3SseKmsKeyId);
        var name = TableNames.Local(call, request.TableArn!);
        var now = installation.Now;
        var id = $"{now.ToUnixTimeMilliseconds().ToString("D14", CultureInfo.InvariantCulture)}-{installation.Ids.Next(8, "0123456789abcdef")}";
        var export = await installation.Store.Write(async transaction =>
        {
            var table = (await catalog.Find(transaction, call, name))?.Document;
            if (table is not { Status: null }) throw new AwsError("TableNotFoundException", $"Table not found: {request.TableArn}");
            var incremental = request.ExportType == ExportRules.Incremental;
            _ = new ExportFilter(request.FilterSpecification, new Table(table, [], call.Account, call.Region, installation.Time)); // refuses what is wrong with it
            var made = new ExportDescription
            {
                ExportArn = $"{table.TableArn}/export/{id}",
                ExportStatus = "IN_PROGRESS",
                StartTime = now,
                TableArn = table.TableArn,
                TableId = table.TableId,
                ExportTime = incremental ? null : ExportRules.Moment(request.ExportTime, table, now),
                ClientToken = request.ClientToken ?? installation.Ids.Uuid(),
                S3Bucket = request.S3Bucket!,
                S3BucketOwner = request.S3BucketOwner,
                S3Prefix = request.S3Prefix,
                S3SseAlgorithm = request.S3SseAlgorithm ?? ExportRules.Aes,
                S3SseKmsKeyId = request.S3SseKmsKeyId,
                ExportFormat = request.ExportFormat ?? ExportRules.Json,
                ExportType = request.ExportType,
                IncrementalExportSpecification = incremental ? ExportRules.Period(request.IncrementalExportSpecification!, table, now) : null,
                FilterSpecification = request.FilterSpecification,
            };
            transaction.Put(Keys.Export(call, name, id), made, DynamoDBJson.Default.ExportDescription);
            foreach (var read in ExportRuns.Reads(table)) transaction.Put(Keys.Held(call.Account, call.Region, read, id), []);
            Agenda.Put(transaction, DateTimeOffset.UnixEpoch, new()
            {
                Kind = ExportRuns.Kind,
                Account = call.Account,
                Region = call.Region,
                TableName = name,
                TableId = table.TableId,
                Label = id,
                Caller = call.Principal,
                Table = table,
            });
            return made;
        });
        agenda.Wake();
        return new(export);
    }

    public async ValueTask<ExportResponse> DescribeExport(ExportRequest request, Call call)
    {
        var (table, id) = TransferRules.Parts(request.ExportArn, "export", "DescribeExport", call);
        return new(await installation.Store.Read(snapshot => snapshot.Get(Keys.Export(call, table, id), DynamoDBJson.Default.ExportDescription))
                   ?? throw new AwsError("ExportNotFoundException", $"Export not found: {request.ExportArn}"));
    }

    /// <summary>The newest first; those of a table only while it is there.</summary>
    public async ValueTask<ListExportsResponse> ListExports(ListExportsRequest request, Call call)
    {
        ArnPages.Check(request.MaxResults, "maxResults");
        var prefix = request.TableArn is null ? Keys.Exports(call) : Keys.Exports(call, TableNames.Local(call, request.TableArn));
        var all = await installation.Store.Read(snapshot => snapshot.List(prefix, DynamoDBJson.Default.ExportDescription));
        if (request.TableArn is not null)
        {
            var table = await catalog.Find(call, TableNames.Local(call, request.TableArn));
            all.RemoveAll(export => export.TableId != table?.Document.TableId);
        }

        var (page, next) = ArnPages.Of(all, request.NextToken, request.MaxResults, export => export.ExportArn, export => export.StartTime);
        return new([.. page.Select(export => new ExportSummary(export.ExportArn, export.ExportStatus, export.ExportType ?? ExportRules.Full))], next);
    }

    /// <summary>The export that the call's token began; any other member must be as it was.</summary>
    private async ValueTask<ExportDescription?> Again(ExportTableToPointInTimeRequest request, Call call)
    {
        if (request.ClientToken is not { } token) return null;
        var all = await installation.Store.Read(snapshot => snapshot.List(Keys.Exports(call), DynamoDBJson.Default.ExportDescription));
        if (all.Find(export => export.ClientToken == token) is not { } before) return null;
        var (asked, period) = (request.IncrementalExportSpecification, before.IncrementalExportSpecification);
        return before.TableArn == request.TableArn && before.S3Bucket == request.S3Bucket && before.S3BucketOwner == request.S3BucketOwner && before.S3Prefix == request.S3Prefix
               && before.S3SseAlgorithm == (request.S3SseAlgorithm ?? ExportRules.Aes) && before.S3SseKmsKeyId == request.S3SseKmsKeyId && before.ExportFormat == (request.ExportFormat ?? ExportRules.Json)
               && (before.ExportType ?? ExportRules.Full) == (request.ExportType ?? ExportRules.Full) && (request.ExportTime ?? before.ExportTime) == before.ExportTime
               && asked?.ExportFromTime == period?.ExportFromTime && (asked?.ExportToTime ?? period?.ExportToTime) == period?.ExportToTime && (asked?.ExportViewType ?? period?.ExportViewType) == period?.ExportViewType
               && Text(request.FilterSpecification) == Text(before.FilterSpecification)
            ? before
            : throw new AwsError("ExportConflictException", "Export conflict: Duplicate request detected with conflicting parameters");

        static string Text(FilterSpecification? filter) => filter is null ? "" : JsonSerializer.Serialize(filter, DynamoDBJson.Default.FilterSpecification);
    }
}
