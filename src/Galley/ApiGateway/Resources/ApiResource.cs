using System.Text.Json.Nodes;
using Galley.ApiGateway.OpenApi;
using Galley.Wire;

namespace Galley.ApiGateway.Resources;

/// <summary>AWS::ApiGatewayV2::Api, from properties or from an OpenAPI `Body`, as SAM makes it.</summary>
internal sealed class ApiResource(Apis apis, Import import) : IResourceHandler
{
    private static readonly ApiGatewayJson Json = ApiGatewayJson.Default;

    public string Type => "AWS::ApiGatewayV2::Api";

    public IReadOnlySet<string> ReplaceOn { get; } = new HashSet<string> { "ProtocolType" };

    public async ValueTask<Resource> Create(ResourceRequest request, Call call)
        => Describe(request.Properties["Body"] is { } body ? await import.Create(Document(body), call, Adjust(request)) : await apis.CreateApi(Read(request), call));

    public async ValueTask<Resource> Update(ResourceRequest request, Call call)
        => Describe(request.Properties["Body"] is { } body
            ? await import.Replace(request.PhysicalId, Document(body), call, Adjust(request))
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
        Refuse(properties);
        properties.Remove("FailOnWarnings");
        return Properties.Read(properties, Json.ApiRequestBody, "Tags");
    }

    /// <summary>Properties beside a Body win over what the document says.</summary>
    private static Func<Api, Api> Adjust(ResourceRequest request)
    {
        var properties = (JsonObject)request.Properties.DeepClone();
        Refuse(properties);
        properties.Remove("Body");
        properties.Remove("FailOnWarnings");
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

    private static void Refuse(JsonObject properties)
    {
        if (properties.ContainsKey("BodyS3Location")) throw Errors.Unsupported("the property BodyS3Location");
        if (Properties.Text(properties, "BasePath") is { } basePath && basePath != "ignore") throw Errors.Unsupported("BasePath " + basePath);
        properties.Remove("BasePath");
    }

    private static JsonObject Document(JsonNode body) => body as JsonObject ?? throw Errors.BadRequest("Body must be an object");
}
