using Galley.Store;
using Galley.Wire;

namespace Galley.Lambda;

/// <summary>UpdateFunctionCode and UpdateFunctionConfiguration: done when answered, though the answer says `InProgress`, as on AWS.</summary>
internal sealed class FunctionUpdates(Installation installation, Functions functions, CodeStore code, Layers layers, Action<FunctionRef> changed)
{
    private readonly SemaphoreSlim _renewing = new(1, 1);

    public async ValueTask<FunctionConfiguration> UpdateFunctionCode(UpdateFunctionCodeRequest request, Call call)
    {
        var function = Latest(request.FunctionName, call);
        var before = await installation.Store.Read(snapshot => Functions.Find(snapshot, function));
        Check(before, request.RevisionId);
        if (request.ImageUri is not null) throw Errors.InvalidParameter("Please don't provide ImageUri when updating a function with packageType Zip.");
        FunctionRules.Check(new UpdateFunctionConfigurationRequest { FunctionName = request.FunctionName }, null, null, request.Architectures);
        var kept = await code.Take(new FunctionCode { ZipFile = request.ZipFile, S3Bucket = request.S3Bucket, S3Key = request.S3Key, S3ObjectVersion = request.S3ObjectVersion }, call);
        FunctionRecord Changed(FunctionRecord record) => With(record, kept) with { Architecture = request.Architectures is [var architecture] ? architecture : record.Architecture };
        if (request.DryRun == true)
        {
            code.Delete(kept.Blob);
            return Changed(before).Configuration(installation.Secrets);
        }

        var after = await Replace(function, kept, (tx, record) =>
        {
            Check(record, request.RevisionId);
            var next = Step(Changed(record));
            tx.Put(Keys.Function(function), next, LambdaJson.Default.FunctionRecord);
            return request.Publish == true ? Versions.Publish(tx, next, null, functions.Now(), installation.Ids) : next;
        });
        return after.Version == FunctionRef.Latest ? InProgress(after) : after.Configuration(installation.Secrets) with
        {
            State = "Pending",
            StateReason = "The function is being created.",
            StateReasonCode = "Creating",
            LastUpdateStatus = null,
        };
    }

    /// <summary>The function, whose code is in a folder of this machine, with what is there now; one whose code cannot be read keeps what it has.</summary>
    public async ValueTask<FunctionRecord> Renew(FunctionRecord record)
    {
        if (record.Folder is null || record.Version != FunctionRef.Latest) return record;
        var function = record.Reference();
        await _renewing.WaitAsync();
        try
        {
            record = await installation.Store.Read(snapshot => Functions.Find(snapshot, function));
            if (record.Folder is not { } folder || !code.HasChanged(folder)) return record;
            var kept = await code.Take(folder.Path, CancellationToken.None);
            return await Replace(function, kept, (tx, latest) =>
            {
                var next = latest.Folder?.Path == folder.Path ? Step(With(latest, kept)) : throw Errors.Precondition();
                tx.Put(Keys.Function(function), next, LambdaJson.Default.FunctionRecord);
                return next;
            });
        }
        catch (Exception e) when (e is AwsError or IOException or UnauthorizedAccessException)
        {
            installation.Log($"warning: the code of {function.Name} in {record.Folder?.Path} was not taken: {e.Message}");
            return record;
        }
        finally
        {
            _renewing.Release();
        }
    }

    /// <summary>Puts new code in the place of the old, whose blob goes if no version has it; all or nothing.</summary>
    private async ValueTask<FunctionRecord> Replace(FunctionRef function, CodeStore.Kept kept, Func<ITransaction, FunctionRecord, FunctionRecord> put)
    {
        var unused = kept.Blob;
        try
        {
            var after = await installation.Store.Write(async tx =>
            {
                var record = await Functions.Find(tx, function);
                var versions = await tx.List(Keys.Versions(function), LambdaJson.Default.FunctionRecord);
                var next = put(tx, record);
                unused = versions.Exists(version => version.Blob == record.Blob) ? null : record.Blob;
                return next;
            });
            changed(function with { Qualifier = FunctionRef.Latest });
            return after;
        }
        finally
        {
            if (unused is not null) code.Delete(unused);
        }
    }

    private static FunctionRecord With(FunctionRecord record, CodeStore.Kept kept) => record with { Blob = kept.Blob, CodeSize = kept.Size, CodeSha256 = kept.Sha256, Folder = kept.Folder };

    public async ValueTask<FunctionConfiguration> UpdateFunctionConfiguration(UpdateFunctionConfigurationRequest request, Call call)
    {
        var function = Latest(request.FunctionName, call);
        FunctionRules.Check(request, request.KMSKeyArn, request.Role);
        if (request.Role is { } role)
        {
            await installation.Store.Read(snapshot => Functions.Find(snapshot, function));
            await functions.CheckTrust(role);
        }

        if (request.Role is not null || request.DeadLetterConfig is not null)
        {
            var before = await installation.Store.Read(snapshot => Functions.Find(snapshot, function));
            await functions.CheckDeadLetters(request.Role ?? before.Role, request.DeadLetterConfig is { } dead ? dead.TargetArn : before.DeadLetters);
        }

        var uses = await layers.Resolve(request.Layers, call);
        var sealedEnvironment = FunctionRules.Seal(request.Environment, function, installation.Secrets);
        var after = await installation.Store.Write(async tx =>
        {
            var record = await Functions.Find(tx, function);
            Check(record, request.RevisionId);
            var next = Step(record with
            {
                Runtime = request.Runtime ?? record.Runtime,
                Role = request.Role ?? record.Role,
                Handler = request.Handler ?? record.Handler,
                Description = request.Description ?? record.Description,
                Timeout = request.Timeout ?? record.Timeout,
                MemorySize = request.MemorySize ?? record.MemorySize,
                EphemeralSize = request.EphemeralStorage?.Size ?? record.EphemeralSize,
                Layers = uses ?? record.Layers,
                SealedEnvironment = sealedEnvironment ?? record.SealedEnvironment,
                LogGroup = request.LoggingConfig?.LogGroup is not { } group ? record.LogGroup : group == FunctionRecord.OwnLogGroup(record.Name) ? null : group,
                JsonLog = FunctionRules.Logging(request.LoggingConfig, record.JsonLog),
                Tracing = request.TracingConfig?.Mode ?? record.Tracing,
                DeadLetters = request.DeadLetterConfig is { } dead ? Destinations.Kept(dead.TargetArn) : record.DeadLetters,
            });
            tx.Put(Keys.Function(function), next, LambdaJson.Default.FunctionRecord);
            return next;
        });
        changed(function with { Qualifier = FunctionRef.Latest });
        return InProgress(after);
    }

    private static FunctionRef Latest(string name, Call call)
        => FunctionRef.Parse(name, call, null, FunctionNameForm.Plain) is { Qualifier: null or FunctionRef.Latest } function ? function.Unqualified
            : throw Errors.InvalidParameter("This operation is permitted only on the $LATEST version of a function.");

    private static void Check(FunctionRecord record, string? revision)
    {
        if (revision is not null && revision != record.Revision) throw Errors.Precondition();
    }

    private FunctionRecord Step(FunctionRecord record) => record with { RevisionId = installation.Ids.Uuid(), Touched = null, LastModified = functions.Now() };

    private FunctionConfiguration InProgress(FunctionRecord record) => record.Configuration(installation.Secrets) with
    {
        LastUpdateStatus = "InProgress",
        LastUpdateStatusReason = "The function is being created.",
        LastUpdateStatusReasonCode = "Creating",
    };
}
