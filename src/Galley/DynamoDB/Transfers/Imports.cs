using System.Globalization;
using Galley.DynamoDB.Upkeep;
using Galley.Store;
using Galley.Wire;

namespace Galley.DynamoDB.Transfers;

/// <summary>
/// ImportTable: a new table from files under a prefix of a bucket. It is CREATING while its items come in the background
/// (<see cref="ImportRuns"/>), with the rights of whoever asked for it.
/// </summary>
internal sealed class Imports(Installation installation, TableCatalog catalog, Tables tables, Agenda agenda)
{
    public async ValueTask<ImportResponse> ImportTable(ImportTableRequest request, Call call)
    {
        Check(request);
        var (source, parameters) = (request.S3BucketSource!, request.TableCreationParameters!);
        var table = await tables.Define(new()
        {
            TableName = parameters.TableName,
            AttributeDefinitions = parameters.AttributeDefinitions,
            KeySchema = parameters.KeySchema,
            BillingMode = parameters.BillingMode,
            ProvisionedThroughput = parameters.ProvisionedThroughput,
            OnDemandThroughput = parameters.OnDemandThroughput,
            SSESpecification = parameters.SSESpecification,
            GlobalSecondaryIndexes = parameters.GlobalSecondaryIndexes,
        }, call) with
        { Status = "CREATING" };
        var id = $"{table.CreationDateTime.ToUnixTimeMilliseconds().ToString("D14", CultureInfo.InvariantCulture)}-{installation.Ids.Next(8, "0123456789abcdef")}";
        var begun = (await installation.Store.Read(snapshot => snapshot.List(Keys.Imports(call), DynamoDBJson.Default.ImportTableDescription))).Find(other => other.ClientToken == request.ClientToken);
        if (begun is not null && begun.TableArn != table.TableArn) throw new AwsError("ImportConflictException", "Import conflict: Duplicate request detected with conflicting parameters");
        if (begun is { ImportStatus: "IN_PROGRESS" }) return new(begun);
        var import = await installation.Store.Write(async transaction =>
        {
            if (await transaction.Get(Keys.Table(call, table.TableName)) is not null) throw Errors.TableExists(table.TableName);
            if (begun is not null) return begun; // its table was deleted; as on AWS the token makes no other
            var made = new ImportTableDescription
            {
                ImportArn = $"{table.TableArn}/import/{id}",
                ImportStatus = "IN_PROGRESS",
                TableArn = table.TableArn,
                TableId = table.TableId,
                ClientToken = request.ClientToken,
                S3BucketSource = source with { S3BucketOwner = source.S3BucketOwner ?? call.Account },
                CloudWatchLogGroupArn = ImportLog.GroupArn(call),
                InputFormat = request.InputFormat!,
                InputFormatOptions = request.InputFormatOptions,
                InputCompressionType = request.InputCompressionType ?? "NONE",
                TableCreationParameters = parameters,
                StartTime = table.CreationDateTime,
            };
            transaction.Put(Keys.Table(call, table.TableName), table, DynamoDBJson.Default.TableDocument);
            transaction.Put(Keys.Import(call, table.TableName, id), made, DynamoDBJson.Default.ImportTableDescription);
            transaction.Put(Keys.Held(call.Account, call.Region, table.TableId, table.TableName), []);
            Agenda.Put(transaction, DateTimeOffset.UnixEpoch, new()
            {
                Kind = ImportRuns.Kind,
                Account = call.Account,
                Region = call.Region,
                TableName = table.TableName,
                TableId = table.TableId,
                Label = id,
                Caller = call.Principal,
            });
            return made;
        });
        catalog.Forget();
        agenda.Wake();
        return new(import);
    }

    public async ValueTask<ImportResponse> DescribeImport(ImportRequest request, Call call)
    {
        var (table, id) = TransferRules.Parts(request.ImportArn, "import", "DescribeImport", call);
        return new(await installation.Store.Read(snapshot => snapshot.Get(Keys.Import(call, table, id), DynamoDBJson.Default.ImportTableDescription))
                   ?? throw new AwsError("ImportNotFoundException", $"Import not found: {request.ImportArn}"));
    }

    /// <summary>Waits until the import is no longer IN_PROGRESS.</summary>
    public async ValueTask<ImportTableDescription> Ended(string importArn, Call call, CancellationToken until)
    {
        while (true)
        {
            // Taken before it is read, so that the end cannot slip through between the two.
            var end = catalog.Signals.Next(importArn);
            var import = (await DescribeImport(new() { ImportArn = importArn }, call)).ImportTableDescription;
            if (import.ImportStatus != "IN_PROGRESS") return import;
            await end.WaitAsync(until);
        }
    }

    /// <summary>The ARN of the import that is filling the table, if one is.</summary>
    public async ValueTask<string?> Filling(string tableName, Call call)
        => (await installation.Store.Read(snapshot => snapshot.List(Keys.Imports(call, tableName), DynamoDBJson.Default.ImportTableDescription)))
            .Find(import => import.ImportStatus == "IN_PROGRESS")?.ImportArn;

    public async ValueTask<ListImportsResponse> ListImports(ListImportsRequest request, Call call)
    {
        ArnPages.Check(request.PageSize, "pageSize");
        var prefix = request.TableArn is null ? Keys.Imports(call) : Keys.Imports(call, TableNames.Local(call, request.TableArn));
        var all = await installation.Store.Read(snapshot => snapshot.List(prefix, DynamoDBJson.Default.ImportTableDescription));
        var (page, next) = ArnPages.Of(all, request.NextToken, request.PageSize, import => import.ImportArn, import => import.StartTime);
        return new([.. page.Select(import => new ImportSummary
        {
            ImportArn = import.ImportArn,
            ImportStatus = import.ImportStatus,
            TableArn = import.TableArn,
            S3BucketSource = import.S3BucketSource,
            CloudWatchLogGroupArn = import.CloudWatchLogGroupArn,
            InputFormat = import.InputFormat,
            StartTime = import.StartTime,
            EndTime = import.EndTime,
        })], next);
    }

    private static void Check(ImportTableRequest request)
    {
        var constraints = new Constraints().Present(request.ClientToken, "clientToken").Token(request.ClientToken).Present(request.S3BucketSource, "s3BucketSource")
            .Present(request.InputFormat, "inputFormat").OneOf(request.InputFormat, "inputFormat", "ION", "CSV", "DYNAMODB_JSON")
            .OneOf(request.InputCompressionType, "inputCompressionType", "ZSTD", "NONE", "GZIP").Present(request.TableCreationParameters, "tableCreationParameters");
        if (request.S3BucketSource is { } source) constraints.Bucket(source.S3Bucket, source.S3KeyPrefix, "s3BucketSource.");
        constraints.Throw();
        if (request.InputFormatOptions?.Csv is not null && request.InputFormat != "CSV")
            throw Errors.Validation($"Invalid Request: Unsupported InputFormatOptions for the given input format: {request.InputFormat}.");
        if (request.InputFormatOptions?.Csv?.Delimiter is { } delimiter && delimiter is not ("," or "\t" or ":" or ";" or "|" or " "))
            throw Errors.Constraints([$"Value '{delimiter}' at 'inputFormatOptions.csv.delimiter' failed to satisfy constraint: Member must satisfy regular expression pattern: [,;:|\\t ]"]);
    }
}
