using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Galley.DynamoDB.Backups;
using Galley.Store;
using Galley.Wire;

namespace Galley.DynamoDB.Transfers;

/// <summary>
/// ExportTableToPointInTime: a table with point-in-time recovery, as it was at a moment, into a bucket as gzipped lines of DYNAMODB_JSON with
/// AWS's manifests. The answer says IN_PROGRESS as AWS's does, but the export is done by then.
/// </summary>
internal sealed class Exports(Installation installation, TableCatalog catalog, IKeepObjects objects)
{
    public async ValueTask<ExportResponse> ExportTableToPointInTime(ExportTableToPointInTimeRequest request, Call call)
    {
        Check(request);
        var name = TableNames.Local(call, request.TableArn!);
        var table = await catalog.Find(call, name) ?? throw BackupErrors.TableMissing(name);
        if (table.Document.Recovery is not { } recovery) throw BackupErrors.NotRecoverable(name);
        var now = installation.Now;
        var moment = request.ExportTime ?? now;
        if (moment < ContinuousBackups.Window(recovery, now).Earliest || moment > now.AddSeconds(1))
            throw new AwsError("InvalidExportTimeException", "The specified ExportTime is outside of the point in time recovery window.");
        var id = $"{now.ToUnixTimeMilliseconds().ToString("D14", CultureInfo.InvariantCulture)}-{installation.Ids.Next(8, "0123456789abcdef")}";
        var export = new ExportDescription
        {
            ExportArn = $"{table.Document.TableArn}/export/{id}",
            ExportStatus = "IN_PROGRESS",
            StartTime = now,
            TableArn = table.Document.TableArn,
            TableId = table.Document.TableId,
            ExportTime = moment,
            ClientToken = request.ClientToken ?? installation.Ids.Uuid(),
            S3Bucket = request.S3Bucket!,
            S3BucketOwner = request.S3BucketOwner,
            S3Prefix = request.S3Prefix,
            S3SseAlgorithm = request.S3SseAlgorithm ?? "AES256",
            ExportFormat = "DYNAMODB_JSON",
            ExportType = "FULL_EXPORT",
        };
        if (await Again(request.ClientToken, name, call) is { } before) return new(before);
        var done = await Run(export, table, recovery, id, call);
        await installation.Store.Write(transaction =>
        {
            transaction.Put(Keys.Export(call, name, id), done, DynamoDBJson.Default.ExportDescription);
            return ValueTask.CompletedTask;
        });
        return new(export);
    }

    public async ValueTask<ExportResponse> DescribeExport(ExportRequest request, Call call)
    {
        new Constraints().Present(request.ExportArn, "exportArn").Throw();
        if (!Arn.TryParse(request.ExportArn, out var arn) || arn.Resource.Split('/') is not ["table", var table, "export", var id]) throw Errors.Validation("Invalid Export ARN");
        return new(await installation.Store.Read(snapshot => snapshot.Get(Keys.Export(call, table, id), DynamoDBJson.Default.ExportDescription))
                   ?? throw new AwsError("ExportNotFoundException", $"Export not found: {request.ExportArn}"));
    }

    public async ValueTask<ListExportsResponse> ListExports(ListExportsRequest request, Call call)
    {
        ArnPages.Check(request.MaxResults, "maxResults");
        var prefix = request.TableArn is null ? Keys.Exports(call) : Keys.Exports(call, TableNames.Local(call, request.TableArn));
        var all = await installation.Store.Read(snapshot => snapshot.List(prefix, DynamoDBJson.Default.ExportDescription));
        var (page, next) = ArnPages.Of(all, request.NextToken, request.MaxResults, export => export.ExportArn);
        return new([.. page.Select(export => new ExportSummary(export.ExportArn, export.ExportStatus, export.ExportType))], next);
    }

    private static void Check(ExportTableToPointInTimeRequest request)
    {
        new Constraints().Present(request.TableArn, "tableArn").Present(request.S3Bucket, "s3Bucket")
            .OneOf(request.ExportFormat, "exportFormat", "DYNAMODB_JSON", "ION").OneOf(request.S3SseAlgorithm, "s3SseAlgorithm", "AES256", "KMS")
            .OneOf(request.ExportType, "exportType", "FULL_EXPORT", "INCREMENTAL_EXPORT").Throw();
        if (!request.TableArn!.StartsWith("arn:", StringComparison.Ordinal)) throw Errors.Validation("tableArn is not a valid ARN");
        if (request.ExportFormat == "ION") throw Errors.Unsupported("ExportFormat ION");
        if (request.S3SseAlgorithm == "KMS") throw Errors.Unsupported("S3SseAlgorithm KMS");
        if (request.ExportType == "INCREMENTAL_EXPORT") throw Errors.Unsupported("ExportType INCREMENTAL_EXPORT");
    }

    private async ValueTask<ExportDescription?> Again(string? token, string table, Call call) => token is null
        ? null
        : (await installation.Store.Read(snapshot => snapshot.List(Keys.Exports(call, table), DynamoDBJson.Default.ExportDescription))).FirstOrDefault(export => export.ClientToken == token);

    /// <summary>What the bucket refuses makes a failed export, not a failed call.</summary>
    private async ValueTask<ExportDescription> Run(ExportDescription export, Table table, RecoveryDocument recovery, string id, Call call)
    {
        var folder = string.IsNullOrEmpty(export.S3Prefix) ? $"AWSDynamoDB/{id}" : $"{export.S3Prefix.TrimEnd('/')}/AWSDynamoDB/{id}";
        var path = Path.Combine(installation.ScratchFolder, id);
        try
        {
            var (items, bytes) = await WriteItems(path, table, recovery, export.ExportTime);
            await Put(folder + "/_started", []);
            var data = $"{folder}/data/{installation.Ids.Next(26)}.json.gz";
            ExportFile entry;
            await using (var file = File.OpenRead(path))
            {
                var etag = await objects.Put(call.Principal, export.S3Bucket, data, "application/octet-stream", file, call.Cancellation);
                entry = new(items, Convert.ToBase64String(Convert.FromHexString(etag)), etag, data);
            }

            await PutWithChecksum($"{folder}/manifest-files.json", [.. JsonSerializer.SerializeToUtf8Bytes(entry, DynamoDBJson.Default.ExportFile), (byte)'\n']);
            var done = export with { ExportStatus = "COMPLETED", EndTime = installation.Now, ExportManifest = $"{folder}/manifest-summary.json", BilledSizeBytes = bytes, ItemCount = items };
            await PutWithChecksum(done.ExportManifest, JsonSerializer.SerializeToUtf8Bytes(Manifest(done, folder), DynamoDBJson.Default.ExportManifest));
            return done;
        }
        catch (AwsError error)
        {
            return export with { ExportStatus = "FAILED", EndTime = installation.Now, FailureCode = error.Code == "NoSuchBucket" ? "S3NoSuchBucket" : error.Code, FailureMessage = error.Message };
        }
        finally
        {
            File.Delete(path);
        }

        async ValueTask Put(string key, byte[] content)
        {
            using var stream = new MemoryStream(content);
            await objects.Put(call.Principal, export.S3Bucket, key, "application/octet-stream", stream, call.Cancellation);
        }

        async ValueTask PutWithChecksum(string key, byte[] content)
        {
            await Put(key, content);
#pragma warning disable CA5351 // the format of the manifests is AWS's
            await Put(Path.ChangeExtension(key, ".md5"), Encoding.ASCII.GetBytes(Convert.ToBase64String(MD5.HashData(content))));
#pragma warning restore CA5351
        }
    }

    /// <summary>Changes after the moment are few against the table: they are kept in memory, and undone while the items go by.</summary>
    private ValueTask<(long Items, long Bytes)> WriteItems(string path, Table table, RecoveryDocument recovery, DateTimeOffset moment) => installation.Store.Read(async snapshot =>
    {
        var before = new Dictionary<string, Item?>();
        await foreach (var (key, item) in TableHistory.After(snapshot, Keys.History(table.Account, table.Region, table.Document.TableId, recovery.Number), moment))
            before[Convert.ToHexString(table.KeyOf(key))] = item;
        var (items, bytes) = (0L, 0L);
        await using var file = File.Create(path);
        await using var zip = new GZipStream(file, CompressionLevel.Fastest);
        await foreach (var entry in snapshot.Range(table.Space, Key.After(table.Space)))
            if (!before.ContainsKey(Convert.ToHexString(entry.Key)))
                await Line(Item.Load(entry.Value));
        foreach (var item in before.Values)
            if (item is not null)
                await Line(item);
        return (items, bytes);

        async ValueTask Line(Item item)
        {
            (items, bytes) = (items + 1, bytes + item.Size);
            await zip.WriteAsync("{\"Item\":"u8.ToArray());
            await zip.WriteAsync(item.Json);
            await zip.WriteAsync("}\n"u8.ToArray());
        }
    });

    private static ExportManifest Manifest(ExportDescription export, string folder) => new()
    {
        exportArn = export.ExportArn,
        startTime = Time(export.StartTime),
        endTime = Time(export.EndTime!.Value),
        tableArn = export.TableArn,
        tableId = export.TableId,
        exportTime = Time(export.ExportTime),
        s3Bucket = export.S3Bucket,
        s3Prefix = export.S3Prefix,
        s3SseAlgorithm = export.S3SseAlgorithm,
        manifestFilesS3Key = $"{folder}/manifest-files.json",
        billedSizeBytes = export.BilledSizeBytes ?? 0,
        itemCount = export.ItemCount ?? 0,
        outputFormat = export.ExportFormat,
        exportType = export.ExportType,
    };

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);
}
