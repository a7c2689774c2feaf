using System.Globalization;
using System.Security.Cryptography;
using Galley.Store;
using Galley.Wire;

namespace Galley.Lambda;

/// <summary>
/// Functions: create, read, list, delete. Creation is done when it is answered: the answer says `Pending`, as on AWS, the next
/// question is answered `Active`, so that clients' waiters need no second look.
/// </summary>
internal sealed class Functions(Installation installation, CodeStore code, Layers layers, LambdaPorts ports, Action<FunctionRef> changed)
{
    public async ValueTask<FunctionConfiguration> CreateFunction(CreateFunctionRequest request, Call call)
    {
        var function = FunctionRef.Parse(request.FunctionName, call, null, FunctionNameForm.Plain);
        if (function.Qualifier is not null) throw Errors.InvalidParameter("The function name must not have a qualifier.");
        if (function.Name.Length > 64) throw Errors.InvalidParameter($"1 validation error detected: {Errors.Violation(function.Name, "functionName", "Member must have length less than or equal to 64")}");
        FunctionRules.Check(request, request.KMSKeyArn, request.Role, request.Architectures);
        if (request.PackageType is not (null or "Zip")) throw Errors.InvalidParameter($"Galley does not support the package type {request.PackageType}.");
        if (request.Code.ImageUri is not null) throw Errors.InvalidParameter("Please don't provide ImageUri when creating a function with packageType Zip.");
        FunctionOptions.CheckTags(request.Tags);
        if (request.Runtime is null) throw Errors.InvalidParameter("Runtime is mandatory for functions created with deployment packages.");
        if (request.Handler is null) throw Errors.InvalidParameter("Handler is mandatory for functions created with deployment packages.");
        await CheckTrust(request.Role);
        await CheckDeadLetters(request.Role, request.DeadLetterConfig?.TargetArn);
        var uses = await layers.Resolve(request.Layers, call) ?? [];
        var kept = await code.Take(request.Code, call);
        var record = new FunctionRecord
        {
            Account = function.Account,
            Region = function.Region,
            Name = function.Name,
            Runtime = request.Runtime,
            Role = request.Role,
            Handler = request.Handler,
            Description = request.Description ?? "",
            Timeout = request.Timeout ?? 3,
            MemorySize = request.MemorySize ?? 128,
            EphemeralSize = request.EphemeralStorage?.Size ?? 512,
            Architecture = request.Architectures is [var architecture] ? architecture : "x86_64",
            SealedEnvironment = FunctionRules.Seal(request.Environment, function, installation.Secrets),
            LogGroup = request.LoggingConfig?.LogGroup,
            JsonLog = FunctionRules.Logging(request.LoggingConfig, null),
            Tracing = request.TracingConfig?.Mode,
            DeadLetters = Destinations.Kept(request.DeadLetterConfig?.TargetArn),
            Layers = uses,
            Blob = kept.Blob,
            Folder = kept.Folder,
            CodeSize = kept.Size,
            CodeSha256 = kept.Sha256,
            LastModified = Now(),
            RevisionId = installation.Ids.Uuid(),
            Tags = request.Tags ?? [],
        };
        try
        {
            record = await installation.Store.Write(async tx =>
            {
                if (await tx.Get(Keys.Function(function)) is not null) throw Errors.FunctionExists(function.Name);
                tx.Put(Keys.Function(function), record, LambdaJson.Default.FunctionRecord);
                return request.Publish == true ? Versions.Publish(tx, record, null, Now(), installation.Ids) : record;
            });
        }
        catch (AwsError)
        {
            code.Delete(kept.Blob);
            throw;
        }

        return record.Configuration(installation.Secrets) with
        {
            State = "Pending",
            StateReason = "The function is being created.",
            StateReasonCode = "Creating",
            LastUpdateStatus = null,
            FunctionArn = function.Arn, // without the version, also when one was published
            RevisionId = installation.Ids.Uuid(), // AWS's changes with every step of the state
        };
    }

    public async ValueTask<GetFunctionResponse> GetFunction(FunctionRequest request, Call call)
    {
        var function = FunctionRef.Parse(request.FunctionName, call, request.Qualifier);
        return await installation.Store.Read(async snapshot =>
        {
            var record = await Find(snapshot, function);
            var latest = record.Version == FunctionRef.Latest ? record : await Find(snapshot, function.Unqualified);
            return new GetFunctionResponse(
                record.Configuration(installation.Secrets, ArnFor(function)), new FunctionCodeLocation("S3", CodeDownload.Location(installation, record.Blob)),
                latest.Tags.Count > 0 ? latest.Tags : null, latest.ReservedConcurrency is { } reserved ? new Concurrency(reserved) : null);
        });
    }

    public async ValueTask<FunctionConfiguration> GetFunctionConfiguration(FunctionRequest request, Call call)
    {
        var function = FunctionRef.Parse(request.FunctionName, call, request.Qualifier);
        return (await installation.Store.Read(snapshot => Find(snapshot, function))).Configuration(installation.Secrets, ArnFor(function));
    }

    public async ValueTask<ListFunctionsResponse> ListFunctions(ListFunctionsRequest request, Call call)
    {
        if (request.FunctionVersion is not (null or "ALL")) throw Errors.Constraint(request.FunctionVersion, "functionVersion", "Member must satisfy enum value set: [ALL]");
        var limit = Math.Clamp(request.MaxItems ?? 50, 1, 50);
        var all = await installation.Store.Read(async snapshot =>
        {
            var found = new List<FunctionRecord>();
            foreach (var latest in await snapshot.List(Keys.Functions(call.Account, call.Region), LambdaJson.Default.FunctionRecord))
            {
                found.Add(latest);
                if (request.FunctionVersion is not null) found.AddRange(await snapshot.List(Keys.Versions(latest.Reference()), LambdaJson.Default.FunctionRecord));
            }

            return found;
        });
        var from = request.Marker is null ? 0 : all.FindIndex(record => Mark(record) == request.Marker) + 1;
        return new ListFunctionsResponse(
            [.. all.Skip(from).Take(limit).Select(record => record.Configuration(installation.Secrets, request.FunctionVersion is null ? null : record.Reference(record.Version).QualifiedArn).Listed())],
            all.Count > from + limit ? Mark(all[from + limit - 1]) : null);

        static string Mark(FunctionRecord record) => $"{record.Name}:{record.Version}";
    }

    public async ValueTask<Empty> DeleteFunction(FunctionRequest request, Call call)
    {
        var function = FunctionRef.Parse(request.FunctionName, call, request.Qualifier);
        if (function.Qualifier == FunctionRef.Latest) throw Errors.InvalidParameter("$LATEST version cannot be deleted without deleting the function.");
        if (function.IsAlias) throw Errors.InvalidParameter("Deletion of aliases is not currently supported.");
        var blobs = await installation.Store.Write(async tx =>
        {
            var latest = await Find(tx, function.Unqualified);
            var versions = await tx.List(Keys.Versions(function), LambdaJson.Default.FunctionRecord);
            if (function.Qualifier is not null)
            {
                // A version that is not there is deleted already.
                if (function.VersionNumber is not { } number || versions.Find(version => version.Version == function.Qualifier) is not { } record) return [];
                foreach (var alias in await tx.List(Keys.Aliases(function), LambdaJson.Default.AliasRecord))
                    if (alias.FunctionVersion == function.Qualifier)
                        throw Errors.Conflict($"Version {function.Qualifier} is referenced by alias {alias.Name}");
                tx.Delete(Keys.Version(function, number));
                foreach (var key in (byte[][])[Keys.Policy(function), Keys.EventInvoke(function), Keys.Provisioned(function)]) tx.Delete(key);
                return versions.Append(latest).Any(other => other.Version != record.Version && other.Blob == record.Blob) ? [] : new HashSet<string> { record.Blob };
            }

            tx.Delete(Keys.Function(function));
            await tx.DeleteAll(Keys.Versions(function));
            await tx.DeleteAll(Keys.Aliases(function));
            await tx.DeleteAll(Keys.Policies(function));
            await tx.DeleteAll(Keys.EventInvokes(function));
            await tx.DeleteAll(Keys.Provisioneds(function));
            await FunctionUrls.DeleteAll(tx, function);
            return versions.Append(latest).Select(version => version.Blob).ToHashSet();
        });
        changed(function);
        foreach (var blob in blobs) code.Delete(blob);
        return Empty.Value;
    }

    /// <summary>The function, version or alias's version that is meant, or AWS's error.</summary>
    public static async ValueTask<FunctionRecord> Find(ISnapshot snapshot, FunctionRef function)
        => await snapshot.Get(await Locate(snapshot, function), LambdaJson.Default.FunctionRecord) ?? throw Errors.FunctionNotFound(function.QualifiedArn);

    /// <summary>The key of the record that is meant; an alias that is not there is AWS's error.</summary>
    public static async ValueTask<byte[]> Locate(ISnapshot snapshot, FunctionRef function)
    {
        var qualifier = function.Qualifier;
        if (qualifier is not (null or FunctionRef.Latest) && function.VersionNumber is null)
            qualifier = (await snapshot.Get(Keys.Alias(function, qualifier), LambdaJson.Default.AliasRecord))?.FunctionVersion ?? throw Errors.FunctionNotFound(function.QualifiedArn);
        var meant = function with { Qualifier = qualifier };
        return meant.VersionNumber is { } number ? Keys.Version(meant, number) : Keys.Function(meant);
    }

    /// <summary>A role that Lambda cannot assume fails now, with the text on which Terraform and CDK retry.</summary>
    internal async ValueTask CheckTrust(string role)
    {
        try
        {
            await ports.Roles.Assume(role, "create-function", TimeSpan.FromMinutes(15));
        }
        catch (AwsError)
        {
            throw Errors.InvalidParameter("The role defined for the function cannot be assumed by Lambda.");
        }
    }

    /// <summary>AWS asks whether the role may send to the queue, not whether the queue is there.</summary>
    internal async ValueTask CheckDeadLetters(string role, string? target)
    {
        if (!string.IsNullOrEmpty(target) && !await ports.Messages.MaySend(role, target)) throw Errors.MayNotSend();
    }

    internal string Now() => Timestamp(installation);

    internal static string Timestamp(Installation installation) => installation.Now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'+0000'", CultureInfo.InvariantCulture);

    /// <summary>AWS repeats the qualifier that was asked for in the ARN; null for none.</summary>
    private static string? ArnFor(FunctionRef function) => function.Qualifier is null ? null : function.QualifiedArn;
}
