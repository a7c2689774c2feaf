using Galley.Store;
using Galley.Wire;

namespace Galley.ApiGateway;

/// <summary>
/// What API Gateway keeps: `apis/id` the API, `of/id/kind/id` its parts, `version/id` a mark that every change renews; beside the
/// regions `domains/name` and `mappings/name/id`, since a host name is one in all of them.
/// </summary>
internal static class Keys
{
    public static ApiKeys Api(Call call, string apiId) => new(call.Account, call.Region, apiId);

    public static byte[] Apis(Call call) => Key.Of("apigateway", call.Account, call.Region, "apis");

    public static byte[] Domains(string account) => Key.Of("apigateway", account, "domains");

    public static byte[] Domain(string account, string name) => Key.Of("apigateway", account, "domains", name);

    public static byte[] Mappings(string account, string domain) => Key.Of("apigateway", account, "mappings", domain);

    public static byte[] Mapping(string account, string domain, string id) => Key.Of("apigateway", account, "mappings", domain, id);
}

/// <summary>The keys of one API.</summary>
internal readonly record struct ApiKeys(string Account, string Region, string ApiId)
{
    public byte[] Api => Key.Of("apigateway", Account, Region, "apis", ApiId);

    /// <summary>Random bytes that change with every write to the API: what is compiled from it is valid for one version only.</summary>
    public byte[] Version => Key.Of("apigateway", Account, Region, "version", ApiId);

    public byte[] Parts => Key.Of("apigateway", Account, Region, "of", ApiId);

    public byte[] Routes => All("route");

    public byte[] Integrations => All("integration");

    public byte[] Authorizers => All("authorizer");

    public byte[] Stages => All("stage");

    public byte[] Deployments => All("deployment");

    public byte[] Route(string id) => One("route", id);

    public byte[] Integration(string id) => One("integration", id);

    public byte[] Authorizer(string id) => One("authorizer", id);

    public byte[] Stage(string name) => One("stage", name);

    public byte[] Deployment(string id) => One("deployment", id);

    /// <summary>What a deployment froze.</summary>
    public byte[] Definition(string deploymentId) => One("definition", deploymentId);

    private byte[] All(string kind) => Key.Of("apigateway", Account, Region, "of", ApiId, kind);

    private byte[] One(string kind, string id) => Key.Of("apigateway", Account, Region, "of", ApiId, kind, id);
}
