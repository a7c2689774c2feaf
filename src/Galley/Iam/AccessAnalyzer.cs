using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Galley.Store;
using Galley.Wire;

namespace Galley.Iam;

/// <summary>
/// The policy generation of IAM Access Analyzer: the least policy that a user's or role's observed calls need. AWS reads CloudTrail for
/// it; here the calls are in the store. https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_StartPolicyGeneration.html
/// </summary>
internal sealed class AccessAnalyzer(Installation installation, Observations observations)
{
    public JsonService Table()
    {
        var api = new JsonService("access-analyzer", Protocol.RestJson, () => AnalyzerJson.Default, "/policy/generation");
        api.Later(() =>
        {
            api.Add<StartPolicyGenerationRequest, StartPolicyGenerationResponse>("PUT /policy/generation", 200, StartPolicyGeneration);
            api.Add<GetGeneratedPolicyRequest, GetGeneratedPolicyResponse>("GET /policy/generation/{jobId}", 200, GetGeneratedPolicy);
        });
        return api;
    }

    public async ValueTask<StartPolicyGenerationResponse> StartPolicyGeneration(StartPolicyGenerationRequest request, Call call)
    {
        var arn = request.PolicyGenerationDetails.PrincipalArn;
        if (!Arn.TryParse(arn, out var parsed) || parsed.Service != "iam" || parsed.Account != call.Account || parsed.Resource.Split('/') is not ["role" or "user", .., var name])
            throw new AwsError("ValidationException", $"Invalid principal ARN: {arn}");
        var kind = parsed.Resource.StartsWith("role/", StringComparison.Ordinal) ? IdentityKind.Role : IdentityKind.User;
        if ((await installation.Store.Read(tx => Identities.Find(tx, call.Account, kind, name)))?.Arn != arn) throw new AwsError("ValidationException", $"Principal {arn} does not exist.");
        var job = new StoredGeneration(installation.Ids.Uuid(), arn, installation.Now);
        await installation.Store.Write(tx =>
        {
            tx.Put(Keys.Generation(call.Account, job.Id), job, IamStoreJson.Default.StoredGeneration);
            return ValueTask.CompletedTask;
        });
        return new(job.Id);
    }

    public async ValueTask<GetGeneratedPolicyResponse> GetGeneratedPolicy(GetGeneratedPolicyRequest request, Call call)
    {
        var job = await installation.Store.Read(tx => tx.Get(Keys.Generation(call.Account, request.JobId), IamStoreJson.Default.StoredGeneration))
            ?? throw new AwsError("ValidationException", $"Invalid job id: {request.JobId}");
        var policy = Write(await observations.Of(job.Caller));
        return new(new(job.Id, "SUCCEEDED", job.Started, job.Started), new(new(true, job.Caller), policy is null ? [] : [new(policy)]));
    }

    /// <summary>One statement for each set of actions that go to the same resources; null for no calls.</summary>
    public static string? Write(IEnumerable<ObservedCall> calls)
    {
        var byAction = calls.GroupBy(call => call.Action, StringComparer.OrdinalIgnoreCase)
            .Select(group => (Action: group.Key, Resources: group.Select(call => call.Resource).Distinct().Order(StringComparer.Ordinal).ToList()))
            .OrderBy(group => group.Action, StringComparer.Ordinal);
        var statements = byAction.GroupBy(group => string.Join('\n', group.Resources), StringComparer.Ordinal).ToList();
        if (statements.Count == 0) return null;
        using var body = new MemoryStream();
        using (var json = new Utf8JsonWriter(body, new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping, Indented = true }))
        {
            json.WriteStartObject();
            json.WriteString("Version", "2012-10-17");
            json.WriteStartArray("Statement");
            foreach (var statement in statements)
            {
                json.WriteStartObject();
                json.WriteString("Effect", "Allow");
                Texts(json, "Action", [.. statement.Select(group => group.Action)]);
                Texts(json, "Resource", statement.First().Resources);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(body.ToArray());
    }

    private static void Texts(Utf8JsonWriter json, string name, List<string> texts)
    {
        json.WriteStartArray(name);
        foreach (var text in texts) json.WriteStringValue(text);
        json.WriteEndArray();
    }
}

internal sealed record StartPolicyGenerationRequest(PolicyGenerationDetails PolicyGenerationDetails, string? ClientToken = null);

internal sealed record PolicyGenerationDetails(string PrincipalArn);

internal sealed record StartPolicyGenerationResponse(string JobId);

internal sealed record GetGeneratedPolicyRequest(string JobId);

internal sealed record GetGeneratedPolicyResponse(JobDetails JobDetails, GeneratedPolicyResult GeneratedPolicyResult);

internal sealed record JobDetails(string JobId, string Status, DateTimeOffset StartedOn, DateTimeOffset CompletedOn);

internal sealed record GeneratedPolicyResult(GeneratedPolicyProperties Properties, IReadOnlyList<GeneratedPolicy> GeneratedPolicies);

internal sealed record GeneratedPolicyProperties(bool IsComplete, string PrincipalArn);

internal sealed record GeneratedPolicy(string Policy);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectRequiredConstructorParameters = true, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(StartPolicyGenerationRequest))]
[JsonSerializable(typeof(StartPolicyGenerationResponse))]
[JsonSerializable(typeof(GetGeneratedPolicyRequest))]
[JsonSerializable(typeof(GetGeneratedPolicyResponse))]
internal sealed partial class AnalyzerJson : JsonSerializerContext;
