using System.Security.Cryptography;
using System.Text;
using Galley.Store;
using Galley.Wire;

namespace Galley.Cognito;

/// <summary>
/// Users brought along in a CSV file: a job, an address to put the file to, and the run, which makes each line a user who must set a new password.
/// What happened to each line is in the pool's log group.
/// </summary>
internal sealed class UserImports(Installation installation, IWriteImportLogs logs)
{
    private const int MaxFile = 100 << 20;
    private const string MfaColumn = "cognito:mfa_enabled", NameColumn = "cognito:username";

    private static readonly string[] Columns =
    [
        "name", "given_name", "family_name", "middle_name", "nickname", "preferred_username", "profile", "picture", "website", "email", "email_verified", "gender", "birthdate", "zoneinfo", "locale",
        "phone_number", "phone_number_verified", "address", "updated_at",
    ];

    public ValueTask<GetCSVHeaderResponse> GetCSVHeader(OnPoolRequest request, Call call) => installation.Store.Read(async tx =>
        new GetCSVHeaderResponse { UserPoolId = request.UserPoolId, CSVHeader = Header(await UserPools.Get(tx, call, request.UserPoolId)) });

    public async ValueTask<UserImportJobResponse> CreateUserImportJob(CreateUserImportJobRequest request, Call call)
    {
        var token = installation.Ids.Next(40);
        return await installation.Store.Write(async tx =>
        {
            var pool = await UserPools.Get(tx, call, request.UserPoolId);
            var id = "import-" + installation.Ids.Next(10, Ids.Alphanumeric);
            var job = new StoredImport
            {
                Job = new UserImportJob
                {
                    JobName = request.JobName,
                    JobId = id,
                    UserPoolId = pool.Id,
                    PreSignedUrl = $"http://cognito-idp.{call.Region}.localhost:{installation.Port}/{pool.Id}/import/{id}/{token}",
                    CreationDate = installation.Now,
                    Status = "Created",
                    CloudWatchLogsRoleArn = request.CloudWatchLogsRoleArn,
                },
                Token = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(token))),
            };
            Put(tx, pool, job);
            return new UserImportJobResponse { UserImportJob = job.Job };
        });
    }

    public ValueTask<UserImportJobResponse> DescribeUserImportJob(OnImportRequest request, Call call)
        => installation.Store.Read(async tx => new UserImportJobResponse { UserImportJob = Shown(await Get(tx, await UserPools.Get(tx, call, request.UserPoolId), request.JobId)) });

    public ValueTask<ListUserImportJobsResponse> ListUserImportJobs(ListUserImportJobsRequest request, Call call) => installation.Store.Read(async tx =>
    {
        var pool = await UserPools.Get(tx, call, request.UserPoolId);
        var page = Page.Of((await tx.List(Keys.Imports(pool.Ref), CognitoJson.Default.StoredImport)).OrderByDescending(job => job.Job.CreationDate), request.MaxResults, request.PaginationToken, job => job.Job.JobId);
        return new ListUserImportJobsResponse { UserImportJobs = [.. page.Items.Select(Shown)], PaginationToken = page.Next };
    });

    public ValueTask<UserImportJobResponse> StopUserImportJob(OnImportRequest request, Call call) => installation.Store.Write(async tx =>
    {
        var pool = await UserPools.Get(tx, call, request.UserPoolId);
        var job = await Get(tx, pool, request.JobId);
        if (job.Job.Status is not ("Created" or "Pending" or "InProgress")) throw Precondition($"The job {request.JobId} is {job.Job.Status}.");
        var stopped = job with { File = null, Job = job.Job with { Status = "Stopped", CompletionDate = installation.Now, CompletionMessage = "The job was stopped." } };
        Put(tx, pool, stopped);
        return new UserImportJobResponse { UserImportJob = Shown(stopped) };
    });

    /// <summary>Runs the job and answers as AWS does, which has only queued it by then.</summary>
    public async ValueTask<UserImportJobResponse> StartUserImportJob(OnImportRequest request, Call call)
    {
        var (pool, job) = await installation.Store.Read(async tx =>
        {
            var found = await UserPools.Get(tx, call, request.UserPoolId);
            return (found, await Get(tx, found, request.JobId));
        });
        if (job.Job.Status != "Created") throw Precondition($"The job {request.JobId} is {job.Job.Status}.");
        if (pool.AutoVerifiedAttributes is not { Count: > 0 }) throw Precondition("The user pool must have an auto-verified attribute.");
        var started = job.Job with { Status = "Pending", StartDate = installation.Now };
        if (job.File is null) await Finish(pool, job with { Job = started with { Status = "Failed", CompletionMessage = "No file was uploaded for the job." } }, []);
        else await Run(pool, job with { Job = started }, installation.Secrets.OpenText(Purpose(pool, job.Job.JobId), job.File));
        return new UserImportJobResponse { UserImportJob = started with { PreSignedUrl = null } };
    }

    /// <summary>The file, put to the job's address by whoever has that.</summary>
    public async ValueTask<Reply> Upload(string poolId, string jobId, string token, ReadOnlyMemory<byte> body)
    {
        if (body.Length > MaxFile) throw Errors.Parameter("The file is larger than 100 MB.");
        var text = Encoding.UTF8.GetString(body.Span);
        await installation.Store.Write(async tx =>
        {
            if (await tx.Get(Keys.PoolPointer(poolId), CognitoJson.Default.PoolPointer) is not { } at) throw new AwsError("AccessDenied", "Access Denied", 403);
            var pool = await UserPools.Get(tx, at.Pool);
            var given = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(token)));
            if (await tx.Get(Keys.Import(pool.Ref, jobId), CognitoJson.Default.StoredImport) is not { } job || job.Job.Status != "Created" || job.Job.CreationDate + TimeSpan.FromMinutes(15) <= installation.Now
                || !CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given), Encoding.UTF8.GetBytes(job.Token)))
                throw new AwsError("AccessDenied", "Access Denied", 403);
            Put(tx, pool, job with { File = installation.Secrets.SealText(Purpose(pool, jobId), text) });
        });
        return new Reply(200);
    }

    private async ValueTask Run(UserPool pool, StoredImport job, string csv)
    {
        var lines = Csv.Read(csv);
        var header = lines.Count == 0 ? [] : lines[0];
        var expected = Header(pool);
        if (header.Count != expected.Count || header.Except(expected).Any())
        {
            await Finish(pool, job with { Job = job.Job with { Status = "Failed", CompletionMessage = "The header of the CSV file does not match that of the user pool." } }, []);
            return;
        }

        var log = new List<string>();
        int imported = 0, skipped = 0, failed = 0;
        for (var i = 1; i < lines.Count; i++)
        {
            try
            {
                if (await One(pool, header, lines[i])) imported++;
                else
                {
                    skipped++;
                    log.Add($"[SKIPPED] Line Number {i} - The user already exists.");
                    continue;
                }

                log.Add($"[SUCCEEDED] Line Number {i} - The import succeeded.");
            }
            catch (AwsError e)
            {
                failed++;
                log.Add($"[FAILED] Line Number {i} - {e.Message.Trim()}");
            }
        }

        await Finish(pool, job with
        {
            Job = job.Job with { Status = failed > 0 && imported == 0 ? "Failed" : "Succeeded", ImportedUsers = imported, SkippedUsers = skipped, FailedUsers = failed, CompletionMessage = "Import Job Completed Successfully." },
        }, log);
    }

    /// <summary>One line; false when the user is there already.</summary>
    private async ValueTask<bool> One(UserPool pool, IReadOnlyList<string> header, IReadOnlyList<string> line)
    {
        if (line.Count != header.Count) throw Errors.Parameter($"The line has {line.Count} fields, the header {header.Count}.");
        var values = header.Zip(line).ToDictionary(pair => pair.First, pair => pair.Second);
        if (values[MfaColumn] is not ("true" or "false" or "TRUE" or "FALSE")) throw Errors.Parameter($"{MfaColumn} must be true or false.");
        var attributes = values.Where(pair => pair.Key is not (MfaColumn or NameColumn) && pair.Value.Length > 0)
            .Select(pair => new UserAttribute { Name = pair.Key, Value = pair.Key.EndsWith("_verified", StringComparison.Ordinal) ? pair.Value.ToLowerInvariant() : pair.Value }).ToList();
        AttributeRules.Check(pool, attributes);
        var user = NewUsers.Draft(installation, pool, values[NameColumn], attributes) with { Status = UserStatus.ResetRequired };
        AttributeRules.CheckRequired(pool, user);
        if (!pool.AutoVerifiedAttributes!.Any(user.Proved)) throw Errors.Parameter("At least one auto-verified attribute must be present and verified.");
        if (values[MfaColumn].Equals("true", StringComparison.OrdinalIgnoreCase) && user["phone_number"] is not null) user = user with { Mfa = [SignIn.ChallengeNames.Sms] };
        return await installation.Store.Write(async tx =>
        {
            if (await Users.Find(tx, pool, values[NameColumn]) is not null) return false;
            await Users.Put(tx, pool, null, user, installation.Now);
            return true;
        });
    }

    private async ValueTask Finish(UserPool pool, StoredImport job, IReadOnlyList<string> log)
    {
        // The file holds people's data; it goes with the run.
        var done = job with { File = null, Job = job.Job with { CompletionDate = installation.Now } };
        await installation.Store.Write(tx =>
        {
            Put(tx, pool, done);
            return ValueTask.CompletedTask;
        });
        if (log.Count > 0) await logs.Write(pool.Ref.Account, pool.Ref.Region, $"/aws/cognito/userpools/{pool.Id}/{pool.Name}", job.Job.JobId, log);
    }

    private static IReadOnlyList<string> Header(UserPool pool) => [.. Columns, .. pool.SchemaAttributes.Where(known => known.Name.StartsWith("custom:", StringComparison.Ordinal)).Select(known => known.Name), MfaColumn, NameColumn];

    /// <summary>The address is shown once, to who made the job.</summary>
    private static UserImportJob Shown(StoredImport job) => job.Job.Status == "Created" ? job.Job : job.Job with { PreSignedUrl = null };

    private static void Put(ITransaction tx, UserPool pool, StoredImport job) => tx.Put(Keys.Import(pool.Ref, job.Job.JobId), job, CognitoJson.Default.StoredImport);

    private static async ValueTask<StoredImport> Get(ISnapshot tx, UserPool pool, string id)
        => await tx.Get(Keys.Import(pool.Ref, id), CognitoJson.Default.StoredImport) ?? throw Errors.NotFound($"User import job {id} does not exist.");

    private static AwsError Precondition(string text) => new("PreconditionNotMetException", text);

    private static string Purpose(UserPool pool, string job) => $"cognito-import/{pool.Id}/{job}";
}

internal sealed record StoredImport
{
    public required UserImportJob Job { get; init; }

    /// <summary>Hash of the token in the upload's address.</summary>
    public required string Token { get; init; }

    /// <summary>The uploaded text, sealed.</summary>
    public string? File { get; init; }
}

internal sealed record UserImportJob
{
    public required string JobName { get; init; }
    public required string JobId { get; init; }
    public required string UserPoolId { get; init; }
    public string? PreSignedUrl { get; init; }
    public required DateTimeOffset CreationDate { get; init; }
    public DateTimeOffset? StartDate { get; init; }
    public DateTimeOffset? CompletionDate { get; init; }
    public required string Status { get; init; }
    public required string CloudWatchLogsRoleArn { get; init; }
    public long ImportedUsers { get; init; }
    public long SkippedUsers { get; init; }
    public long FailedUsers { get; init; }
    public string? CompletionMessage { get; init; }
}

internal sealed record GetCSVHeaderResponse
{
    public required string UserPoolId { get; init; }
    public required IReadOnlyList<string> CSVHeader { get; init; }
}

internal sealed record CreateUserImportJobRequest : IOnPool
{
    public required string JobName { get; init; }
    public required string UserPoolId { get; init; }
    public required string CloudWatchLogsRoleArn { get; init; }
}

internal sealed record OnImportRequest : IOnPool
{
    public required string UserPoolId { get; init; }
    public required string JobId { get; init; }
}

internal sealed record ListUserImportJobsRequest : IOnPool
{
    public required string UserPoolId { get; init; }
    public required int MaxResults { get; init; }
    public string? PaginationToken { get; init; }
}

internal sealed record UserImportJobResponse
{
    public required UserImportJob UserImportJob { get; init; }
}

internal sealed record ListUserImportJobsResponse
{
    public required IReadOnlyList<UserImportJob> UserImportJobs { get; init; }
    public string? PaginationToken { get; init; }
}
