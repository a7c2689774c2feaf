using Galley.Store;
using Galley.Wire;

namespace Galley.ApiGateway;

/// <summary>What of a custom domain leads to which stage of which API: a key of one or more path segments, or none for all the rest.</summary>
internal sealed class ApiMappings(Installation installation)
{
    private static readonly ApiGatewayJson Json = ApiGatewayJson.Default;

    public ValueTask<ApiMapping> CreateApiMapping(ApiMappingRequest request, Call call) => installation.Store.Write(async tx =>
        await Put(tx, call, request.DomainName, new ApiMapping
        {
            ApiMappingId = installation.Ids.Next(6),
            ApiId = request.ApiId ?? throw Errors.Missing("apiId"),
            Stage = request.Stage ?? throw Errors.Missing("stage"),
            ApiMappingKey = request.ApiMappingKey ?? "",
        }));

    public ValueTask<ApiMapping> GetApiMapping(ApiMappingRef request, Call call) => installation.Store.Read(tx => Require(tx, call, request.DomainName, request.ApiMappingId));

    public async ValueTask<Page<ApiMapping>> GetApiMappings(DomainPageRequest request, Call call) => await installation.Store.Read(async tx =>
    {
        var domain = await DomainNames.Require(tx, call, request.DomainName);
        return new ListRequest { MaxResults = request.MaxResults, NextToken = request.NextToken }.Page(await tx.List(Keys.Mappings(call.Account, domain.Name), Json.ApiMapping));
    });

    public ValueTask<ApiMapping> UpdateApiMapping(ApiMappingRequest request, Call call) => installation.Store.Write(async tx =>
    {
        var old = await Require(tx, call, request.DomainName, request.ApiMappingId ?? "");
        return await Put(tx, call, request.DomainName, old with { ApiId = request.ApiId ?? old.ApiId, Stage = request.Stage ?? old.Stage, ApiMappingKey = request.ApiMappingKey ?? old.ApiMappingKey });
    });

    public async ValueTask<Empty> DeleteApiMapping(ApiMappingRef request, Call call) => await installation.Store.Write(async tx =>
    {
        await Require(tx, call, request.DomainName, request.ApiMappingId);
        tx.Delete(Keys.Mapping(call.Account, request.DomainName.ToLowerInvariant(), request.ApiMappingId));
        return Empty.Value;
    });

    /// <summary>The mapping with the longest key that the path begins with, and what of the path is left; null when none fits.</summary>
    public async ValueTask<(ApiMapping Mapping, string Left)?> Find(DomainName domain, string path)
    {
        (ApiMapping Mapping, string Left)? found = null;
        foreach (var mapping in await installation.Store.Read(tx => tx.List(Keys.Mappings(installation.Account, domain.Name), Json.ApiMapping)))
        {
            var prefix = mapping.ApiMappingKey.Length == 0 ? "" : "/" + mapping.ApiMappingKey;
            if (!path.StartsWith(prefix, StringComparison.Ordinal) || path.Length > prefix.Length && path[prefix.Length] != '/') continue;
            if (found is null || mapping.ApiMappingKey.Length > found.Value.Mapping.ApiMappingKey.Length) found = (mapping, path.Length == prefix.Length ? "/" : path[prefix.Length..]);
        }

        return found;
    }

    private static async ValueTask<ApiMapping> Put(ITransaction tx, Call call, string domainName, ApiMapping mapping)
    {
        var domain = await DomainNames.Require(tx, call, domainName);
        CheckKey(mapping.ApiMappingKey);
        var api = Keys.Api(call, mapping.ApiId);
        if (await tx.Get(api.Api) is null) throw Errors.NoApi(call.Account, mapping.ApiId);
        if (await tx.Get(api.Stage(mapping.Stage)) is null) throw Errors.BadRequest("Invalid stage identifier specified");
        await foreach (var other in tx.All(Keys.Mappings(call.Account, domain.Name), Json.ApiMapping))
            if (other.ApiMappingKey == mapping.ApiMappingKey && other.ApiMappingId != mapping.ApiMappingId)
                throw Errors.Conflict("ApiMapping key already exists for this domain name");
        tx.Put(Keys.Mapping(call.Account, domain.Name, mapping.ApiMappingId), mapping, Json.ApiMapping);
        return mapping;
    }

    private static void CheckKey(string key)
    {
        if (key.StartsWith('/') || key.EndsWith('/') || key.Contains("//", StringComparison.Ordinal)) throw Errors.BadRequest("API mapping key should not start with a '/' or have consecutive '/'s.");
        if (key.Length > 300 || key.Any(c => !char.IsAsciiLetterOrDigit(c) && !"/-._~!$&'()*+,;=:@".Contains(c, StringComparison.Ordinal)))
            throw Errors.BadRequest("API mapping key may contain letters, numbers and one of -._~!$&'()*+,;=:@/");
    }

    private static async ValueTask<ApiMapping> Require(ISnapshot tx, Call call, string domainName, string id)
    {
        var domain = await DomainNames.Require(tx, call, domainName);
        return await tx.Get(Keys.Mapping(call.Account, domain.Name, id), Json.ApiMapping) ?? throw Errors.NotFound($"Invalid API mapping identifier specified {id}");
    }
}

/// <summary>CreateApiMapping and UpdateApiMapping.</summary>
internal sealed record ApiMappingRequest
{
    public required string DomainName { get; init; }
    public string? ApiId { get; init; }
    public string? ApiMappingId { get; init; }
    public string? ApiMappingKey { get; init; }
    public string? Stage { get; init; }
}

internal sealed record ApiMappingRef
{
    public required string DomainName { get; init; }
    public required string ApiMappingId { get; init; }
}

internal sealed record DomainPageRequest
{
    public required string DomainName { get; init; }
    public int? MaxResults { get; init; }
    public string? NextToken { get; init; }
}
