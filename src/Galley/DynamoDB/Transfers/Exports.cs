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
    private const string Full = "FULL_EXPORT", Json = "DYNAMODB_JSON", Aes = "AES256";

    public async ValueTask<ExportResponse> ExportTableToPointInTime(ExportTableToPointInTimeRequest request, Call call)
    {
        Check(request);
        if (await Again(request, call) is { } before) return new(before);
        if (request.ExportFormat == "ION") throw Errors.Unsupported("ExportFormat ION");
        if (request.S3SseAlgorithm == "KMS") throw Errors.Unsupported("S3SseAlgorithm KMS");
        if (request.S3SseKmsKeyId is not null) throw Errors.Unsupported("S3SseKmsKeyId");
        if (request.ExportType == "INCREMENTAL_EXPORT") throw Errors.Unsupported("ExportType INCREMENTAL_EXPORT");
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
            S3SseAlgorithm = request.S3SseAlgorithm ?? Aes,
            ExportFormat = Json,
            ExportType = request.ExportType,
        };
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

        all.Reverse();
        var (page, next) = ArnPages.Of(all, request.NextToken, request.MaxResults, export => export.ExportArn);
        return new([.. page.Select(export => new ExportSummary(export.ExportArn, export.ExportStatus, export.ExportType ?? Full))], next);
    }

    private static void Check(ExportTableToPointInTimeRequest request)
    {
        var constraints = new Constraints().Present(request.TableArn, "tableArn").Bucket(request.S3Bucket, prefix: null, "").Token(request.ClientToken)
            .Matches(request.S3BucketOwner, "s3BucketOwner", request.S3BucketOwner is { Length: 12 } owner && owner.All(char.IsAsciiDigit), "[0-9]{12}")
            .OneOf(request.ExportFormat, "exportFormat", Json, "ION").OneOf(request.S3SseAlgorithm, "s3SseAlgorithm", Aes, "KMS")
            .OneOf(request.ExportType, "exportType", Full, "INCREMENTAL_EXPORT");
        if (request.TableArn is { } arn) constraints.Count(arn.Length, "tableArn", 1, 1024, arn);
        if (request.S3Prefix is { } prefix) constraints.Count(prefix.Length, "s3Prefix", 1, 1024, prefix);
        if (request.S3SseKmsKeyId is { } key) constraints.Count(key.Length, "s3SseKmsKeyId", 1, 2048, key);
        constraints.Throw();
        if (!request.TableArn!.StartsWith("arn:", StringComparison.Ordinal)) throw Errors.Validation("tableArn is not a valid ARN");
    }

    /// <summary>The export that the call's token began; any other member must be as it was.</summary>
    private async ValueTask<ExportDescription?> Again(ExportTableToPointInTimeRequest request, Call call)
    {
        if (request.ClientToken is not { } token) return null;
        var all = await installation.Store.Read(snapshot => snapshot.List(Keys.Exports(call), DynamoDBJson.Default.ExportDescription));
        if (all.Find(export => export.ClientToken == token) is not { } before) return null;
        return before.TableArn == request.TableArn && before.S3Bucket == request.S3Bucket && before.S3BucketOwner == request.S3BucketOwner && before.S3Prefix == request.S3Prefix
               && before.S3SseAlgorithm == (request.S3SseAlgorithm ?? Aes) && request.S3SseKmsKeyId is null && before.ExportFormat == (request.ExportFormat ?? Json)
               && (before.ExportType ?? Full) == (request.ExportType ?? Full) && (request.ExportTime ?? before.ExportTime) == before.ExportTime
            ? before
            : throw new AwsError("ExportConflictException", "Duplicate request detected with conflicting parameters");
    }

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
        exportType = export.ExportType ?? Full,
    };

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);
}
