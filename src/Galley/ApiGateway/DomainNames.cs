using Galley.Store;
using Galley.Wire;

namespace Galley.ApiGateway;

/// <summary>
/// Custom domain names: regional, with a certificate of our own authority whatever ACM certificate is named. A request finds its API by
/// the mapping with the longest key. https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-custom-domain-names.html
/// </summary>
internal sealed class DomainNames(Installation installation)
{
    private const int MaxTags = 50;

    /// <summary>The hosted zone of API Gateway's endpoints in us-east-1, said for every region: nobody makes an alias record for this machine.</summary>
    private const string HostedZone = "Z1UJRXOUMOOFQ8";
    private static readonly ApiGatewayJson Json = ApiGatewayJson.Default;

    public async ValueTask<DomainName> CreateDomainName(DomainNameRequest request, Call call)
    {
        Refuse(request);
        var name = CheckName(request.DomainName);
        if (request.Tags?.Count > MaxTags) throw Errors.BadRequest($"No more than {MaxTags} tags are allowed");
        var domain = new DomainName
        {
            Name = name,
            DomainNameArn = $"arn:aws:apigateway:{call.Region}::/domainnames/{name}",
            DomainNameConfigurations = [Configure(request, null, call)],
            Tags = request.Tags ?? [],
        };
        return await installation.Store.Write(async tx =>
        {
            if (await tx.Get(Keys.Domain(call.Account, name)) is not null) throw Errors.Conflict("The domain name you provided already exists.");
            tx.Put(Keys.Domain(call.Account, name), domain, Json.DomainName);
            return domain;
        });
    }

    public ValueTask<DomainName> GetDomainName(DomainRef request, Call call) => installation.Store.Read(tx => Require(tx, call, request.DomainName));

    public async ValueTask<Page<DomainName>> GetDomainNames(ListRequest request, Call call)
    {
        var all = await installation.Store.Read(tx => tx.List(Keys.Domains(call.Account), Json.DomainName));
        return request.Page(all.FindAll(domain => domain.Region == call.Region));
    }

    public async ValueTask<DomainName> UpdateDomainName(DomainNameRequest request, Call call)
    {
        Refuse(request);
        return await Edit(request.DomainName, call, domain => request.DomainNameConfigurations is null ? domain : domain with { DomainNameConfigurations = [Configure(request, domain.DomainNameConfigurations[0], call)] });
    }

    /// <summary>Replaces all that a template says about a domain name.</summary>
    public async ValueTask<DomainName> Replace(DomainNameRequest request, Call call)
    {
        Refuse(request);
        return await Edit(request.DomainName, call, domain => domain with { DomainNameConfigurations = [Configure(request, domain.DomainNameConfigurations[0], call)], Tags = request.Tags ?? [] });
    }

    public ValueTask<DomainName> Edit(string name, Call call, Func<DomainName, DomainName> edit) => installation.Store.Write(async tx =>
    {
        var domain = edit(await Require(tx, call, name));
        tx.Put(Keys.Domain(call.Account, domain.Name), domain, Json.DomainName);
        return domain;
    });

    public async ValueTask<Empty> DeleteDomainName(DomainRef request, Call call) => await installation.Store.Write(async tx =>
    {
        var domain = await Require(tx, call, request.DomainName);
        tx.Delete(Keys.Domain(call.Account, domain.Name));
        await tx.DeleteAll(Keys.Mappings(call.Account, domain.Name));
        return Empty.Value;
    });

    /// <summary>The domain that a host name belongs to: its own, or one for all names below (`*.shop.test`).</summary>
    public ValueTask<DomainName?> Find(string host) => installation.Store.Read(async tx =>
    {
        if (await tx.Get(Keys.Domain(installation.Account, host), Json.DomainName) is { } own) return own;
        var dot = host.IndexOf('.', StringComparison.Ordinal);
        return dot < 0 ? null : await tx.Get(Keys.Domain(installation.Account, "*" + host[dot..]), Json.DomainName);
    });

    public static async ValueTask<DomainName> Require(ISnapshot tx, Call call, string name)
        => await tx.Get(Keys.Domain(call.Account, name.ToLowerInvariant()), Json.DomainName) is { } domain && domain.Region == call.Region
            ? domain
            : throw Errors.NotFound("Invalid domain name identifier specified");

    private static string CheckName(string? given)
    {
        if (string.IsNullOrEmpty(given)) throw Errors.Missing("domainName");
        var name = given.ToLowerInvariant();
        var labels = (name.StartsWith("*.", StringComparison.Ordinal) ? name[2..] : name).Split('.');
        if (name.Length > 253 || labels.Length < 2 || labels.Any(label => label.Length is 0 or > 63 || label.StartsWith('-') || label.EndsWith('-') || label.Any(c => !char.IsAsciiLetterLower(c) && !char.IsAsciiDigit(c) && c != '-')) || char.IsAsciiDigit(name[^1]))
            throw Errors.BadRequest($"The domain name provided is not supported: {given}");
        // those names have owners already, and no configuration may stand before them
        if (LocalNames.LocalHost(name) is not null || name.EndsWith(".amazonaws.com", StringComparison.Ordinal)) throw Errors.BadRequest($"The domain name provided is not supported: {given}");
        return name;
    }

    private static void Refuse(DomainNameRequest request)
    {
        if (request.MutualTlsAuthentication is not null) throw Errors.Unsupported("mutual TLS (mutualTlsAuthentication)");
        if (request.RoutingMode is not (null or "API_MAPPING_ONLY")) throw Errors.Unsupported($"the routing mode {request.RoutingMode}");
    }

    private DomainNameConfiguration Configure(DomainNameRequest request, DomainNameConfiguration? old, Call call)
    {
        if (request.DomainNameConfigurations is not [var given]) throw Errors.BadRequest("Exactly one domain name configuration must be specified");
        if (given.EndpointType is not (null or "REGIONAL")) throw Errors.BadRequest("Only REGIONAL endpoints are supported for domain names of HTTP APIs");
        if (given.SecurityPolicy is not (null or "TLS_1_2")) throw Errors.BadRequest("The security policy of domain names of HTTP APIs must be TLS_1_2");
        if (given.IpAddressType is not (null or "ipv4" or "dualstack")) throw Errors.BadRequest("Invalid ipAddressType " + given.IpAddressType);
        var certificate = given.CertificateArn ?? old?.CertificateArn ?? throw Errors.BadRequest("Certificate ARN must be specified");
        if (!Arn.TryParse(certificate, out var arn) || arn.Service != "acm" || arn.Region != call.Region || !arn.Resource.StartsWith("certificate/", StringComparison.Ordinal))
            throw Errors.BadRequest($"Invalid certificate ARN: {certificate}. Certificate must be in '{call.Region}'.");
        return new DomainNameConfiguration
        {
            ApiGatewayDomainName = old?.ApiGatewayDomainName ?? $"d-{installation.Ids.Next(10)}.execute-api.{call.Region}.amazonaws.com",
            CertificateArn = certificate,
            CertificateName = given.CertificateName,
            DomainNameStatus = "AVAILABLE",
            EndpointType = "REGIONAL",
            HostedZoneId = HostedZone,
            IpAddressType = given.IpAddressType ?? old?.IpAddressType ?? "ipv4",
            OwnershipVerificationCertificateArn = given.OwnershipVerificationCertificateArn,
            SecurityPolicy = "TLS_1_2",
        };
    }
}

internal sealed record DomainRef
{
    public required string DomainName { get; init; }
}

/// <summary>CreateDomainName and UpdateDomainName.</summary>
internal sealed record DomainNameRequest
{
    public string DomainName { get; init; } = "";
    public List<DomainNameConfiguration>? DomainNameConfigurations { get; init; }
    public MutualTls? MutualTlsAuthentication { get; init; }
    public string? RoutingMode { get; init; }
    public Dictionary<string, string>? Tags { get; init; }
}

internal sealed record MutualTls
{
    public string? TruststoreUri { get; init; }
    public string? TruststoreVersion { get; init; }
}
