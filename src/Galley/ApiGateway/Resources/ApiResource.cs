using System.Text.Json.Nodes;
using Galley.ApiGateway.OpenApi;
using Galley.Wire;

namespace Galley.ApiGateway.Resources;

/// <summary>AWS::ApiGatewayV2::Api, from properties or from an OpenAPI `Body`, as SAM makes it, here or in a bucket.</summary>
internal sealed class ApiResource(Apis apis, Import import, IReadDefinitions definitions) : IResourceHandler
{
    private static readonly ApiGatewayJson Json = ApiGatewayJson.Default;

    private static readonly string[] OfBody = ["Body", "BodyS3Location", "BasePath", "FailOnWarnings"];

    public string Type => "AWS::ApiGatewayV2::Api";

    public IReadOnlySet<string> ReplaceOn { get; } = new HashSet<string> { "ProtocolType" };

    public async ValueTask<Resource> Create(ResourceRequest request, Call call)
        => Describe(await Body(request, call) is { } body ? await import.Create(body, call, Adjust(request), BasePath(request), FailsOnWarnings(request)) : await apis.CreateApi(Read(request), call));

    public async ValueTask<Resource> Update(ResourceRequest request, Call call)
        => Describe(await Body(request, call) is { } body
            ? await import.Replace(request.PhysicalId, body, call, Adjust(request), BasePath(request), FailsOnWarnings(request))
            : await apis.Replace(Read(request) with { Target = null, RouteKey = null }, request.PhysicalId, call));

    public async ValueTask Delete(ResourceRequest request, Call call)
    {
        try
        {
            await apis.DeleteApi(new ApiRef { ApiId = request.PhysicalId }, call);
        }
        catch (AwsError e) when (e.Status == 404)
        {
            // gone already
        }
    }

    private static Resource Describe(Api api) => new(api.ApiId, new Dictionary<string, string> { ["ApiEndpoint"] = api.ApiEndpoint, ["ApiId"] = api.ApiId });

    private static ApiRequestBody Read(ResourceRequest request)
    {
        var properties = (JsonObject)request.Properties.DeepClone();
        foreach (var name in OfBody) properties.Remove(name);
        return Properties.Read(properties, Json.ApiRequestBody, "Tags");
    }

    /// <summary>Properties beside a Body win over what the document says.</summary>
    private static Func<Api, Api> Adjust(ResourceRequest request)
    {
        var properties = (JsonObject)request.Properties.DeepClone();
        foreach (var name in OfBody) properties.Remove(name);
        var given = Properties.Read(properties, Json.ApiRequestBody, "Tags");
        if (given.Target is not null || given.RouteKey is not null || given.CredentialsArn is not null) throw Errors.BadRequest("Target, RouteKey and CredentialsArn cannot be used together with Body");
        if (given.ProtocolType is not (null or "HTTP")) throw Errors.BadRequest("Only HTTP APIs can be made from a Body");
        return api =>
        {
            foreach (var (key, value) in given.Tags ?? []) api.Tags[key] = value;
            return api with
            {
                Name = given.Name ?? api.Name,
                Description = given.Description ?? api.Description,
                Version = given.Version ?? api.Version,
                CorsConfiguration = given.CorsConfiguration is { } cors ? CorsRules.Check(cors) : api.CorsConfiguration,
                DisableExecuteApiEndpoint = given.DisableExecuteApiEndpoint ?? false,
                IpAddressType = given.IpAddressType ?? "ipv4",
            };
        };
    }

    private async ValueTask<JsonObject?> Body(ResourceRequest request, Call call)
    {
        if (request.Properties["Body"] is { } body) return body as JsonObject ?? throw Errors.BadRequest("Body must be an object");
        if (request.Properties["BodyS3Location"] is not JsonObject place) return null;
        if (Properties.Text(place, "Version") is not null) throw Errors.Unsupported("the property Version of BodyS3Location");
        var (bucket, key) = (Properties.Text(place, "Bucket") ?? throw Errors.Missing("Bucket"), Properties.Text(place, "Key") ?? throw Errors.Missing("Key"));
        return Import.Parse(await definitions.Read(bucket, key, call) ?? throw Errors.BadRequest($"Unable to read the API definition from s3://{bucket}/{key}"));
    }

    private static bool FailsOnWarnings(ResourceRequest request) => string.Equals(Properties.Text(request.Properties, "FailOnWarnings"), "true", StringComparison.OrdinalIgnoreCase);

    private static string? BasePath(ResourceRequest request) => Properties.Text(request.Properties, "BasePath");
}
