using Galley.Lambda.Invoke;
using Galley.Store;
using Galley.Wire;

namespace Galley.Lambda;

/// <summary>
/// Provisioned concurrency: environments of a version that are started ahead and kept. AWS: Lambda API, ProvisionedConcurrencyConfig.
/// Known difference: at most a hundred for one version.
/// </summary>
internal sealed class Provisioning(Installation installation, Workers workers)
{
    private const int AccountConcurrency = 1000, UnreservedMinimum = 100;

    public async ValueTask<ProvisionedConcurrency> PutProvisionedConcurrencyConfig(PutProvisionedRequest request, Call call)
    {
        var wanted = request.ProvisionedConcurrentExecutions;
        if (wanted < 1) throw Errors.Constraint($"{wanted}", "provisionedConcurrentExecutions", "Member must have value greater than or equal to 1");
        var function = FunctionRef.Parse(request.FunctionName, call, request.Qualifier, FunctionNameForm.Plain);
        if (function.Qualifier is null or FunctionRef.Latest) throw Errors.InvalidParameter("Provisioned Concurrency Configs cannot be applied to unpublished function versions.");
        var record = new ProvisionedRecord(function.Qualifier, wanted, installation.Now);
        await installation.Store.Write(async tx =>
        {
            var version = await Aliases.Follow(tx, function);
            var latest = await Functions.Find(tx, function.Unqualified);
            if (function.IsAlias)
            {
                var alias = await tx.Get(Keys.Alias(function, function.Qualifier), LambdaJson.Default.AliasRecord);
                if (version.Version == FunctionRef.Latest) throw Errors.InvalidParameter("Provisioned Concurrency Configs cannot be applied to unpublished function versions.");
                if (alias?.Weights is { Count: > 0 }) throw Errors.Conflict("Alias with weights can not be used with Provisioned Concurrency");
                if (await tx.Get(Keys.Provisioned(function with { Qualifier = version.Version })) is not null)
                    throw Errors.Conflict("Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version");
            }
            else
                foreach (var alias in await tx.List(Keys.Aliases(function), LambdaJson.Default.AliasRecord))
                    if (alias.FunctionVersion == function.Qualifier && await tx.Get(Keys.Provisioned(function with { Qualifier = alias.Name })) is not null)
                        throw Errors.Conflict("Version is pointed by a Provisioned Concurrency alias");

            var others = (await tx.List(Keys.Provisioneds(function), LambdaJson.Default.ProvisionedRecord)).Where(other => other.Qualifier != function.Qualifier).Sum(other => other.Requested);
            if (wanted + others > latest.ReservedConcurrency) throw Errors.InvalidParameter("Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function");
            if (wanted > AccountConcurrency) throw Errors.InvalidParameter($"Specified ConcurrentExecutions for function is greater than account's unreserved concurrency [{AccountConcurrency}].");
            if (latest.ReservedConcurrency is null && AccountConcurrency - wanted < UnreservedMinimum)
                throw Errors.InvalidParameter($"Specified ConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [{UnreservedMinimum}].");
            if (wanted > Workers.Most) throw Errors.InvalidParameter($"Galley provisions at most {Workers.Most} environments for one version.");
            tx.Put(Keys.Provisioned(function), record, LambdaJson.Default.ProvisionedRecord);
        });
        await Apply(function);
        return new ProvisionedConcurrency(null, wanted, 0, 0, "IN_PROGRESS", Stamp(record));
    }

    public async ValueTask<ProvisionedConcurrency> GetProvisionedConcurrencyConfig(ProvisionedRequest request, Call call)
    {
        var function = Qualified(request, call);
        return await installation.Store.Read(async snapshot =>
        {
            var version = await Aliases.Follow(snapshot, function);
            return await snapshot.Get(Keys.Provisioned(function), LambdaJson.Default.ProvisionedRecord) is { } record
                ? Answer(record, version) : throw Errors.NotFound("ProvisionedConcurrencyConfigNotFoundException", "No Provisioned Concurrency Config found for this function");
        });
    }

    public async ValueTask<Empty> DeleteProvisionedConcurrencyConfig(ProvisionedRequest request, Call call)
    {
        var function = Qualified(request, call);
        await installation.Store.Write(async tx =>
        {
            await Aliases.Follow(tx, function);
            tx.Delete(Keys.Provisioned(function));
        });
        await Apply(function);
        return Empty.Value;
    }

    public async ValueTask<ListProvisionedResponse> ListProvisionedConcurrencyConfigs(ListOfFunctionRequest request, Call call)
    {
        var function = FunctionRef.Parse(request.FunctionName, call, null, FunctionNameForm.Plain).Unqualified;
        return await installation.Store.Read(async snapshot =>
        {
            await Functions.Find(snapshot, function);
            var found = new List<ProvisionedConcurrency>();
            foreach (var record in await snapshot.List(Keys.Provisioneds(function), LambdaJson.Default.ProvisionedRecord))
            {
                var one = function with { Qualifier = record.Qualifier };
                found.Add(Answer(record, await Functions.Find(snapshot, one)) with { FunctionArn = one.QualifiedArn });
            }

            return new ListProvisionedResponse([.. found], null);
        });
    }

    /// <summary>Starts again, after a start of Galley, what is to be kept ready.</summary>
    public async ValueTask Start()
    {
        var functions = await installation.Store.Read(async snapshot =>
        {
            var found = new HashSet<FunctionRef>();
            foreach (var record in await snapshot.List(Keys.Functions(installation.Account, installation.Region), static () => LambdaJson.Default.FunctionRecord))
                if ((await snapshot.List(Keys.Provisioneds(record.Reference()), LambdaJson.Default.ProvisionedRecord)).Count > 0)
                    found.Add(record.Reference());
            return found;
        });
        foreach (var function in functions) await Apply(function);
    }

    /// <summary>Brings the environments of all versions of a function to what its configurations say now.</summary>
    public async ValueTask Apply(FunctionRef function)
    {
        var wanted = await installation.Store.Read(async snapshot =>
        {
            var counts = await Counts(snapshot, function);
            return (await snapshot.List(Keys.Versions(function.Unqualified), LambdaJson.Default.FunctionRecord)).ConvertAll(version => (version, counts.GetValueOrDefault(version.Version)));
        });
        foreach (var (record, count) in wanted) workers.Provision(record, count);
    }

    /// <summary>How many environments are provisioned for each version of a function, by the version's number.</summary>
    public static async ValueTask<Dictionary<string, int>> Counts(ISnapshot snapshot, FunctionRef function)
    {
        var counts = new Dictionary<string, int>();
        foreach (var one in await snapshot.List(Keys.Provisioneds(function), LambdaJson.Default.ProvisionedRecord))
            try
            {
                var version = (await Functions.Find(snapshot, function with { Qualifier = one.Qualifier })).Version;
                counts[version] = counts.GetValueOrDefault(version) + one.Requested;
            }
            catch (AwsError)
            {
                // its alias or version is gone
            }

        return counts;
    }

    private static FunctionRef Qualified(ProvisionedRequest request, Call call)
        => FunctionRef.Parse(request.FunctionName, call, request.Qualifier, FunctionNameForm.Plain) is { Qualifier: not (null or FunctionRef.Latest) } function ? function
            : throw Errors.InvalidParameter("The function resource provided must be an alias or a published version.");

    private ProvisionedConcurrency Answer(ProvisionedRecord record, FunctionRecord version)
    {
        var ready = Math.Min(record.Requested, workers.CountOf(version));
        return new ProvisionedConcurrency(null, record.Requested, ready, ready, ready == record.Requested ? "READY" : "IN_PROGRESS", Stamp(record));
    }

    private static string Stamp(ProvisionedRecord record)
        => record.LastModified.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'+0000'", System.Globalization.CultureInfo.InvariantCulture);
}

internal sealed record ProvisionedRecord(string Qualifier, int Requested, DateTimeOffset LastModified);

internal sealed record ProvisionedRequest(string? Qualifier)
{
    public required string FunctionName { get; init; }
}

internal sealed record PutProvisionedRequest(string? Qualifier)
{
    public required string FunctionName { get; init; }

    public required int ProvisionedConcurrentExecutions { get; init; }
}

internal sealed record ProvisionedConcurrency(
    string? FunctionArn, int RequestedProvisionedConcurrentExecutions, int AvailableProvisionedConcurrentExecutions, int AllocatedProvisionedConcurrentExecutions, string Status, string LastModified);

internal sealed record ListProvisionedResponse(ProvisionedConcurrency[] ProvisionedConcurrencyConfigs, string? NextMarker);
