using System.Globalization;
using System.IO.Compression;
using Galley.Store;
using Galley.Wire;

namespace Galley.DynamoDB.Transfers;

/// <summary>
/// ImportTable: a new table from the DYNAMODB_JSON or CSV files under a prefix of a bucket. Lines that make no item of the table are counted
/// and left out, and the import has failed then; AWS reads no further in a file of DYNAMODB_JSON behind a line that is no item at all. The
/// answer says IN_PROGRESS as AWS's does, but the import is done by then.
/// </summary>
internal sealed class Imports(Installation installation, TableCatalog catalog, Tables tables, IKeepObjects objects)
{
    private const int Batch = 100;

    public async ValueTask<ImportResponse> ImportTable(ImportTableRequest request, Call call)
    {
        Check(request);
        var (source, parameters) = (request.S3BucketSource!, request.TableCreationParameters!);
        var before = await installation.Store.Read(snapshot => snapshot.List(Keys.Imports(call), DynamoDBJson.Default.ImportTableDescription));
        if (before.Exists(other => other.ClientToken == request.ClientToken && other.TableCreationParameters.TableName != parameters.TableName))
            throw new AwsError("ImportConflictException", "Duplicate request detected with conflicting parameters");
        var made = (await tables.CreateTable(new()
        {
            TableName = parameters.TableName,
            AttributeDefinitions = parameters.AttributeDefinitions,
            KeySchema = parameters.KeySchema,
            BillingMode = parameters.BillingMode,
            ProvisionedThroughput = parameters.ProvisionedThroughput,
            OnDemandThroughput = parameters.OnDemandThroughput,
            SSESpecification = parameters.SSESpecification,
            GlobalSecondaryIndexes = parameters.GlobalSecondaryIndexes,
        }, call)).TableDescription;
        var now = installation.Now;
        var id = $"{now.ToUnixTimeMilliseconds().ToString("D14", CultureInfo.InvariantCulture)}-{installation.Ids.Next(8, "0123456789abcdef")}";
        var import = new ImportTableDescription
        {
            ImportArn = $"{made.TableArn}/import/{id}",
            ImportStatus = "IN_PROGRESS",
            TableArn = made.TableArn,
            TableId = made.TableId,
            ClientToken = request.ClientToken,
            S3BucketSource = source,
            InputFormat = request.InputFormat!,
            InputFormatOptions = request.InputFormatOptions,
            InputCompressionType = request.InputCompressionType ?? "NONE",
            TableCreationParameters = parameters,
            StartTime = now,
        };
        var done = await Run(import, call);
        if (done is { ImportStatus: "FAILED", ProcessedSizeBytes: null }) await tables.DeleteTable(new() { TableName = made.TableName }, call);
        await installation.Store.Write(transaction =>
        {
            transaction.Put(Keys.Import(call, made.TableName, id), done, DynamoDBJson.Default.ImportTableDescription);
            return ValueTask.CompletedTask;
        });
        return new(import);
    }

    public async ValueTask<ImportResponse> DescribeImport(ImportRequest request, Call call)
    {
        var (table, id) = TransferRules.Parts(request.ImportArn, "import", "DescribeImport", call);
        return new(await installation.Store.Read(snapshot => snapshot.Get(Keys.Import(call, table, id), DynamoDBJson.Default.ImportTableDescription))
                   ?? throw new AwsError("ImportNotFoundException", $"Import not found: {request.ImportArn}"));
    }

    public async ValueTask<ListImportsResponse> ListImports(ListImportsRequest request, Call call)
    {
        ArnPages.Check(request.PageSize, "pageSize");
        var prefix = request.TableArn is null ? Keys.Imports(call) : Keys.Imports(call, TableNames.Local(call, request.TableArn));
        var all = await installation.Store.Read(snapshot => snapshot.List(prefix, DynamoDBJson.Default.ImportTableDescription));
        var (page, next) = ArnPages.Of(all, request.NextToken, request.PageSize, import => import.ImportArn);
        return new([.. page.Select(import => new ImportSummary
        {
            ImportArn = import.ImportArn,
            ImportStatus = import.ImportStatus,
            TableArn = import.TableArn,
            S3BucketSource = import.S3BucketSource,
            InputFormat = import.InputFormat,
            StartTime = import.StartTime,
            EndTime = import.EndTime,
        })], next);
    }

    private static void Check(ImportTableRequest request)
    {
        var constraints = new Constraints().Present(request.ClientToken, "clientToken").Token(request.ClientToken).Present(request.S3BucketSource, "s3BucketSource")
            .Present(request.InputFormat, "inputFormat").OneOf(request.InputFormat, "inputFormat", "ION", "CSV", "DYNAMODB_JSON")
            .OneOf(request.InputCompressionType, "inputCompressionType", "GZIP", "ZSTD", "NONE").Present(request.TableCreationParameters, "tableCreationParameters");
        if (request.S3BucketSource is { } source) constraints.Bucket(source.S3Bucket, source.S3KeyPrefix, "s3BucketSource.");
        constraints.Throw();
        if (request.InputFormat == "ION") throw Errors.Unsupported("InputFormat ION");
        if (request.InputCompressionType == "ZSTD") throw Errors.Unsupported("InputCompressionType ZSTD");
        if (request.InputFormatOptions?.Csv is not null && request.InputFormat != "CSV")
            throw Errors.Validation($"Invalid Request: Unsupported InputFormatOptions for the given input format: {request.InputFormat}.");
        if (request.InputFormatOptions?.Csv?.Delimiter is { } delimiter && delimiter is not ("," or "\t" or ":" or ";" or "|" or " "))
            throw Errors.Constraints([$"Value '{delimiter}' at 'inputFormatOptions.csv.delimiter' failed to satisfy constraint: Member must satisfy regular expression pattern: [,;:|\\t ]"]);
    }

    private async ValueTask<ImportTableDescription> Run(ImportTableDescription import, Call call)
    {
        var path = Path.Combine(installation.ScratchFolder, installation.Ids.Uuid());
        try
        {
            foreach (var key in await objects.List(call.Principal, import.S3BucketSource.S3Bucket!, import.S3BucketSource.S3KeyPrefix ?? ""))
            {
                if (key.EndsWith('/')) continue;
                await using (var copy = File.Create(path)) await objects.Read(call.Principal, import.S3BucketSource.S3Bucket!, key, copy, call.Cancellation);
                await using Stream file = File.OpenRead(path);
                await using var zip = import.InputCompressionType == "GZIP" ? new GZipStream(file, CompressionMode.Decompress) : file;
                await using var content = new CountedStream(zip);
                import = await ReadFile(import, content, call);
                import = import with { ProcessedSizeBytes = (import.ProcessedSizeBytes ?? 0) + content.Count };
            }

            return import.ErrorCount == 0
                ? import with { ImportStatus = "COMPLETED", EndTime = installation.Now }
                : import with { ImportStatus = "FAILED", EndTime = installation.Now, FailureCode = "ItemValidationError", FailureMessage = "Some of the items failed validation checks." };
        }
        catch (AwsError error)
        {
            return import with { ImportStatus = "FAILED", EndTime = installation.Now, FailureCode = error.Code == "NoSuchBucket" ? "S3NoSuchBucket" : error.Code, FailureMessage = error.Message };
        }
        catch (InvalidDataException)
        {
            return import with { ImportStatus = "FAILED", EndTime = installation.Now, ProcessedSizeBytes = import.ProcessedSizeBytes ?? 0, FailureCode = "InvalidInput", FailureMessage = "The input is not compressed with GZIP." };
        }
        finally
        {
            File.Delete(path);
        }
    }

    private async ValueTask<ImportTableDescription> ReadFile(ImportTableDescription import, Stream content, Call call)
    {
        using var reader = new StreamReader(content);
        var lines = import.InputFormat == "CSV" ? new CsvItems(reader, import.InputFormatOptions?.Csv, import.TableCreationParameters.AttributeDefinitions!).Read() : ItemLines.Read(reader);
        var batch = new List<Item>();
        await foreach (var item in lines)
        {
            import = import with { ProcessedItemCount = import.ProcessedItemCount + 1, ErrorCount = import.ErrorCount + (item is null ? 1 : 0) };
            if (item is not null) batch.Add(item);
            else if (import.InputFormat != "CSV") break;
            if (batch.Count < Batch) continue;
            import = await Put(import, batch, call);
            batch.Clear();
        }

        return await Put(import, batch, call);
    }

    private async ValueTask<ImportTableDescription> Put(ImportTableDescription import, List<Item> batch, Call call)
    {
        if (batch.Count == 0) return import;
        var taken = await catalog.Write<int>(call, [import.TableCreationParameters.TableName!], found =>
        {
            var changes = new List<Change>();
            foreach (var item in batch)
                try
                {
                    changes.Add(Change.Put(found[0], item));
                }
                catch (ValidationError)
                {
                    // counted below, as one that is not taken
                }

            return async transaction =>
            {
                foreach (var change in changes) await change.Run(transaction, new Capacity(found[0]) { Metered = false });
                return changes.Count;
            };
        });
        return import with { ImportedItemCount = import.ImportedItemCount + taken, ErrorCount = import.ErrorCount + batch.Count - taken };
    }
}
