using System.Globalization;
using System.Text;
using System.Text.Json;
using Galley.DynamoDB.Streams;
using Galley.Store;
using Galley.Wire;

namespace Galley.DynamoDB;

/// <summary>Policies of tables (their indexes included) and streams. IAM weighs them with the caller's own.</summary>
internal sealed class ResourcePolicies(Installation installation, TableCatalog catalog)
{
    private const int Largest = 20480;

    public async ValueTask<PutResourcePolicyResponse> PutResourcePolicy(PutResourcePolicyRequest request, Call call)
    {
        new Constraints().Present(request.ResourceArn, "resourceArn").Present(request.Policy, "policy").NotEmpty(request.ExpectedRevisionId, "expectedRevisionId").Throw();
        Check(request.Policy!);
        var policy = new PolicyDocument(request.Policy!, Revision());
        return await Change(request.ResourceArn!, call, old =>
        {
            if (request.ExpectedRevisionId is { } expected && expected != (old?.RevisionId ?? "NO_POLICY")) throw WrongRevision(request.ResourceArn!, expected, old);
            return old?.Policy == policy.Policy ? old : policy;
        }) is { } kept ? new(kept.RevisionId) : new(policy.RevisionId);
    }

    public async ValueTask<GetResourcePolicyResponse> GetResourcePolicy(GetResourcePolicyRequest request, Call call)
    {
        new Constraints().Present(request.ResourceArn, "resourceArn").Throw();
        var (table, label) = Place(request.ResourceArn!, call);
        var policy = await installation.Store.Read(async snapshot => label is null
            ? (await catalog.Find(snapshot, call, table) ?? throw Errors.TableNotFound(table)).Document.Policy
            : (await snapshot.Get(Keys.Stream(call.Account, call.Region, table, label), DynamoDBJson.Default.StreamDocument) ?? throw NoStream(table, label)).Policy)
            ?? throw Missing(request.ResourceArn!);
        return new(policy.Policy, policy.RevisionId);
    }

    public async ValueTask<DeleteResourcePolicyResponse> DeleteResourcePolicy(DeleteResourcePolicyRequest request, Call call)
    {
        new Constraints().Present(request.ResourceArn, "resourceArn").NotEmpty(request.ExpectedRevisionId, "expectedRevisionId").Throw();
        string? revision = null;
        await Change(request.ResourceArn!, call, old =>
        {
            if (request.ExpectedRevisionId is { } expected && expected != old?.RevisionId) throw Missing(request.ResourceArn!);
            revision = old?.RevisionId;
            return null;
        });
        return new(revision);
    }

    /// <summary>The policy that bears on a resource, for IAM; null for none.</summary>
    public ValueTask<string?> Of(string resource, Call call)
    {
        // asked at every call, mostly of a table that is known
        var rest = resource.AsSpan();
        return After(ref rest, "arn:aws:dynamodb:") && After(ref rest, call.Region) && After(ref rest, ":") && After(ref rest, call.Account) && After(ref rest, ":table/") && !rest.Contains('/')
            ? OfTable(rest.ToString(), call) : Look(resource, call);

        static bool After(ref ReadOnlySpan<char> text, string start)
        {
            if (!text.StartsWith(start)) return false;
            text = text[start.Length..];
            return true;
        }
    }

    private ValueTask<string?> OfTable(string name, Call call)
    {
        var finding = catalog.Find(call, name);
        return finding.IsCompletedSuccessfully ? new(finding.Result?.Document.Policy?.Policy) : Wait(finding);

        static async ValueTask<string?> Wait(ValueTask<Table?> finding) => (await finding)?.Document.Policy?.Policy;
    }

    private async ValueTask<string?> Look(string resource, Call call)
    {
        if (!Arn.TryParse(resource, out var arn) || arn.Service != "dynamodb" || arn.Account != call.Account || arn.Region != call.Region) return null;
        switch (arn.Resource.Split('/'))
        {
            case ["table", var table, "stream", var label]:
                var key = Keys.Stream(call.Account, call.Region, table, label);
                return (await installation.Store.Read(snapshot => snapshot.Get(key, DynamoDBJson.Default.StreamDocument)))?.Policy?.Policy;
            case ["table", var name, .. var rest] when rest is [] or ["index", _]:
                return await OfTable(name, call);
            default:
                return null;
        }
    }

    public static PolicyDocument? Read(string? policy, string revision)
    {
        if (policy is null) return null;
        Check(policy);
        return new(policy, revision);
    }

    public string Revision() => installation.Now.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture) + installation.Ids.Next(3, Ids.Digits);

    private ValueTask<PolicyDocument?> Change(string arn, Call call, Func<PolicyDocument?, PolicyDocument?> change)
    {
        var (name, label) = Place(arn, call);
        return Forgetting(installation.Store.Write(async transaction =>
        {
            PolicyDocument? policy;
            if (label is null)
            {
                var table = (await catalog.Find(transaction, call, name) ?? throw Errors.TableNotFound(name)).Document;
                policy = change(table.Policy);
                transaction.Put(Keys.Table(call, name), table with { Policy = policy }, DynamoDBJson.Default.TableDocument);
            }
            else
            {
                var key = Keys.Stream(call.Account, call.Region, name, label);
                var stream = await transaction.Get(key, DynamoDBJson.Default.StreamDocument) ?? throw NoStream(name, label);
                policy = change(stream.Policy);
                transaction.Put(key, stream with { Policy = policy }, DynamoDBJson.Default.StreamDocument);
            }

            return policy;
        }));
    }

    private async ValueTask<PolicyDocument?> Forgetting(ValueTask<PolicyDocument?> write)
    {
        var policy = await write;
        catalog.Forget();
        return policy;
    }

    private static (string Table, string? Label) Place(string text, Call call)
    {
        if (!text.StartsWith("arn:", StringComparison.Ordinal)) throw Errors.InvalidParameterValues($"ARNs must start with 'arn:': {text}");
        if (!Arn.TryParse(text, out var arn) || arn.Service != "dynamodb") throw Errors.InvalidParameterValues($"Provided Arn is not a DynamoDB resource arn: {text}");
        if (arn.Region != call.Region || arn.Partition != "aws") throw Errors.InvalidParameterValues($"Invalid resource Arn: {text}");
        if (arn.Account != call.Account) throw Errors.Validation("This action is only supported by accounts that match the resource owner’s account.");
        return arn.Resource.Split('/') switch
        {
            ["table", var table] => (table, null),
            ["table", var table, "stream", var label] => (table, label),
            ["table", _, "backup", ..] => throw Errors.InvalidParameterValues($"Provided Arn is not a DynamoDB resource arn: {text}"),
            _ => throw Errors.InvalidParameterValues($"Invalid resource arn provided, only table or stream is accepted. Provided resource arn: {text}"),
        };
    }

    private static void Check(string policy)
    {
        if (Encoding.UTF8.GetByteCount(policy) > Largest) throw Errors.InvalidParameterValues($"Maximum policy size of {Largest} bytes exceeded");
        try
        {
            using var json = JsonDocument.Parse(policy);
            if (json.RootElement.ValueKind == JsonValueKind.Null) throw Invalid("This text appears not to be a policy");
            if (json.RootElement.ValueKind != JsonValueKind.Object) throw Invalid("This policy contains invalid Json");
            if (!json.RootElement.EnumerateObject().Any()) throw Invalid("Syntax error at position (1,3)");
            if (!json.RootElement.TryGetProperty("Statement", out var statements) || statements.ValueKind == JsonValueKind.Array && statements.GetArrayLength() == 0) throw Invalid("Could not parse the policy: Statement is empty!");
            foreach (var statement in statements.ValueKind == JsonValueKind.Array ? statements.EnumerateArray().ToArray() : [statements])
                CheckStatement(statement);
        }
        catch (JsonException)
        {
            throw Invalid("This policy contains invalid Json");
        }
    }

    private static void CheckStatement(JsonElement statement)
    {
        if (statement.ValueKind != JsonValueKind.Object) throw Invalid("This policy contains invalid Json");
        foreach (var field in (ReadOnlySpan<string>)["Effect", "Principal", "Action", "Resource"])
            if (!statement.TryGetProperty(field, out _) && !statement.TryGetProperty("Not" + field, out _))
                throw Invalid($"Missing required field {field}");
        if (statement.GetProperty("Effect").ToString() == "Allow" && statement.TryGetProperty("Principal", out var principal) && !statement.TryGetProperty("Condition", out _)
            && (principal.ValueKind == JsonValueKind.String ? principal.GetString() : principal.TryGetProperty("AWS", out var aws) && aws.ValueKind == JsonValueKind.String ? aws.GetString() : null) == "*")
            throw Errors.Validation("Resource-based policy grants unbounded access in one or more elements. Please revise the policy to ensure least-privilege form of access");
    }

    private static AwsError Invalid(string why) => Errors.InvalidParameterValues("Invalid policy document: " + why);

    private static AwsError WrongRevision(string arn, string expected, PolicyDocument? found) => found is null ? Missing(arn) : Missing(expected == "NO_POLICY"
        ? $"Requested policy update expecting none to be present for table {TableOf(arn)}, but a policy exists with revision id {found.RevisionId}."
        : $"Requested update for policy with revision id {expected}, but the policy associated to target table {TableOf(arn)} has revision id {found.RevisionId}.");

    private static string TableOf(string arn) => arn.Split('/')[1];

    private static AwsError NoStream(string table, string label) => new("ResourceNotFoundException", $"Requested resource not found: Stream: {label} not found for Table: {table}");

    private static AwsError Missing(string arn) => new("PolicyNotFoundException", $"Resource-based policy not found for the provided ResourceArn: {arn}");
}

/// <summary>A resource policy as it is stored.</summary>
internal sealed record PolicyDocument(string Policy, string RevisionId);

internal sealed record PutResourcePolicyRequest
{
    public string? ResourceArn { get; init; }

    public string? Policy { get; init; }

    public string? ExpectedRevisionId { get; init; }

    public bool? ConfirmRemoveSelfResourceAccess { get; init; }
}

internal sealed record PutResourcePolicyResponse(string RevisionId);

internal sealed record GetResourcePolicyRequest
{
    public string? ResourceArn { get; init; }
}

internal sealed record GetResourcePolicyResponse(string Policy, string RevisionId);

internal sealed record DeleteResourcePolicyRequest
{
    public string? ResourceArn { get; init; }

    public string? ExpectedRevisionId { get; init; }
}

internal sealed record DeleteResourcePolicyResponse(string? RevisionId);
