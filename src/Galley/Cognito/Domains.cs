using System.Text.RegularExpressions;
using Galley.Store;
using Galley.Wire;

namespace Galley.Cognito;

/// <summary>
/// A pool's domains: the prefix under which its pages answer, `&lt;prefix&gt;.auth.&lt;region&gt;.amazoncognito.com`, unique in its region, and a custom
/// name, under which they answer as well. Our own authority makes its certificate; the one that is named is kept and described.
/// </summary>
internal sealed partial class Domains(Installation installation)
{
    public async ValueTask<CreateUserPoolDomainResponse> CreateUserPoolDomain(CreateUserPoolDomainRequest request, Call call)
    {
        var custom = Check(request.Domain, request.CustomDomainConfig, request.ManagedLoginVersion);
        var distribution = $"d{installation.Ids.Next(13)}.cloudfront.net";
        await installation.Store.Write(async tx =>
        {
            var pool = await UserPools.Get(tx, call, request.UserPoolId);
            if (await tx.Get(Keys.DomainPointer(call.Region, request.Domain)) is not null || custom && await tx.Get(Keys.HostPointer(request.Domain)) is not null) throw Errors.Parameter("Domain already associated with another user pool.");
            if (await tx.Get(KeyOf(pool, custom)) is not null) throw Errors.Parameter("User pool already has a domain configured.");
            var pointer = new PoolPointer(call.Account, call.Region, pool.Id);
            tx.Put(Keys.DomainPointer(call.Region, request.Domain), pointer, CognitoJson.Default.PoolPointer);
            if (custom) tx.Put(Keys.HostPointer(request.Domain), pointer, CognitoJson.Default.PoolPointer);
            tx.Put(KeyOf(pool, custom), new UserPoolDomain
            {
                UserPoolId = pool.Id,
                AWSAccountId = call.Account,
                Domain = request.Domain,
                S3Bucket = $"aws-cognito-prod-{call.Region}-assets",
                CloudFrontDistribution = distribution,
                Version = Version(),
                Status = "ACTIVE",
                CustomDomainConfig = request.CustomDomainConfig,
                ManagedLoginVersion = 1,
            }, CognitoJson.Default.UserPoolDomain);
        });
        return new CreateUserPoolDomainResponse { ManagedLoginVersion = 1, CloudFrontDomain = custom ? distribution : null };
    }

    public ValueTask<CreateUserPoolDomainResponse> UpdateUserPoolDomain(UpdateUserPoolDomainRequest request, Call call)
    {
        var custom = Check(request.Domain, request.CustomDomainConfig, request.ManagedLoginVersion);
        return installation.Store.Write(async tx =>
        {
            var pool = await UserPools.Get(tx, call, request.UserPoolId);
            if (await tx.Get(KeyOf(pool, custom), CognitoJson.Default.UserPoolDomain) is not { } old || old.Domain != request.Domain) throw Errors.Parameter("No such domain or user pool exists.");
            tx.Put(KeyOf(pool, custom), old with { CustomDomainConfig = request.CustomDomainConfig ?? old.CustomDomainConfig, Version = Version() }, CognitoJson.Default.UserPoolDomain);
            return new CreateUserPoolDomainResponse { ManagedLoginVersion = 1, CloudFrontDomain = custom ? old.CloudFrontDistribution : null };
        });
    }

    public ValueTask<DescribeUserPoolDomainResponse> DescribeUserPoolDomain(DescribeUserPoolDomainRequest request, Call call) => installation.Store.Read(async tx =>
    {
        var at = await tx.Get(Keys.DomainPointer(call.Region, request.Domain), CognitoJson.Default.PoolPointer);
        var domain = at is null || at.Account != call.Account ? null : await tx.Get(request.Domain.Contains('.') ? Keys.CustomDomain(at.Pool) : Keys.Domain(at.Pool), CognitoJson.Default.UserPoolDomain);
        return new DescribeUserPoolDomainResponse { DomainDescription = domain ?? new UserPoolDomain() };
    });

    public async ValueTask<Empty> DeleteUserPoolDomain(DeleteUserPoolDomainRequest request, Call call)
    {
        await installation.Store.Write(async tx =>
        {
            var pool = await UserPools.Get(tx, call, request.UserPoolId);
            var key = KeyOf(pool, request.Domain.Contains('.'));
            if ((await tx.Get(key, CognitoJson.Default.UserPoolDomain))?.Domain != request.Domain)
                throw Errors.Parameter("No such domain or user pool exists.");
            tx.Delete(Keys.DomainPointer(call.Region, request.Domain));
            tx.Delete(Keys.HostPointer(request.Domain));
            tx.Delete(key);
        });
        return Empty.Value;
    }

    /// <summary>Whether it is a name of its own, `auth.example.com`, which needs a certificate; otherwise it is a prefix.</summary>
    private static bool Check(string domain, CustomDomainConfig? config, int? version)
    {
        if (version is not (null or 1)) throw Errors.Unsupported($"ManagedLoginVersion {version}");
        if (domain.Contains('.'))
        {
            if (config is null) throw Errors.Parameter("A custom domain requires CustomDomainConfig with a CertificateArn.");
            return domain.Length <= 63 && Whole().IsMatch(domain) ? true : throw Errors.Parameter("Custom domain is not a valid subdomain: " + domain);
        }

        if (config is not null) throw Errors.Parameter("CustomDomainConfig is only for custom domains; a prefix domain has no certificate of its own.");
        if (!Prefix().IsMatch(domain)) throw Errors.Constraint(domain, "domain", "Member must satisfy regular expression pattern: ^[a-z0-9](?:[a-z0-9\\-]{0,61}[a-z0-9])?$");
        foreach (var word in (ReadOnlySpan<string>)["aws", "amazon", "cognito"])
            if (domain.Contains(word, StringComparison.Ordinal)) throw Errors.Parameter($"Domain cannot contain reserved word: {word}");
        return false;
    }

    /// <summary>Where a pool's pages are, scheme and all: under its prefix, or else under its own name; null for a pool without pages.</summary>
    public static async ValueTask<string?> Origin(ISnapshot tx, PoolRef pool)
    {
        if (await tx.Get(Keys.Domain(pool), CognitoJson.Default.UserPoolDomain) is { } prefix) return $"https://{prefix.Domain}.auth.{pool.Region}.amazoncognito.com";
        return await tx.Get(Keys.CustomDomain(pool), CognitoJson.Default.UserPoolDomain) is { } whole ? "https://" + whole.Domain : null;
    }

    private static byte[] KeyOf(UserPool pool, bool custom) => custom ? Keys.CustomDomain(pool.Ref) : Keys.Domain(pool.Ref);

    private string Version() => installation.Now.ToString("yyyyMMddHHmmss", System.Globalization.CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){2,}[a-z]{2,}$")]
    private static partial Regex Whole();

    [GeneratedRegex("^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$")]
    private static partial Regex Prefix();
}
