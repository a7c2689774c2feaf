using System.Text.RegularExpressions;
using Galley.Store;
using Galley.Wire;

namespace Galley.Cognito;

/// <summary>The domain prefix under which a pool's pages answer: `&lt;prefix&gt;.auth.&lt;region&gt;.amazoncognito.com`, unique in its region.</summary>
internal sealed partial class Domains(Installation installation)
{
    public async ValueTask<CreateUserPoolDomainResponse> CreateUserPoolDomain(CreateUserPoolDomainRequest request, Call call)
    {
        if (request.ManagedLoginVersion is not (null or 1)) throw Errors.Unsupported($"ManagedLoginVersion {request.ManagedLoginVersion}");
        if (request.Domain.Contains('.')) throw Errors.Unsupported("custom domains");
        if (!Prefix().IsMatch(request.Domain)) throw Errors.Constraint(request.Domain, "domain", "Member must satisfy regular expression pattern: ^[a-z0-9](?:[a-z0-9\\-]{0,61}[a-z0-9])?$");
        foreach (var word in (ReadOnlySpan<string>)["aws", "amazon", "cognito"])
            if (request.Domain.Contains(word, StringComparison.Ordinal)) throw Errors.Parameter($"Domain cannot contain reserved word: {word}");
        var distribution = $"d{installation.Ids.Next(13)}.cloudfront.net";
        await installation.Store.Write(async tx =>
        {
            var pool = await UserPools.Get(tx, call, request.UserPoolId);
            if (await tx.Get(Keys.DomainPointer(call.Region, request.Domain)) is not null) throw Errors.Parameter("Domain already associated with another user pool.");
            if (await tx.Get(Keys.Domain(pool.Ref)) is not null) throw Errors.Parameter("User pool already has a domain configured.");
            tx.Put(Keys.DomainPointer(call.Region, request.Domain), new PoolPointer(call.Account, call.Region, pool.Id), CognitoJson.Default.PoolPointer);
            tx.Put(Keys.Domain(pool.Ref), new UserPoolDomain
            {
                UserPoolId = pool.Id,
                AWSAccountId = call.Account,
                Domain = request.Domain,
                S3Bucket = $"aws-cognito-prod-{call.Region}-assets",
                CloudFrontDistribution = distribution,
                Version = installation.Now.ToString("yyyyMMddHHmmss", System.Globalization.CultureInfo.InvariantCulture),
                Status = "ACTIVE",
                ManagedLoginVersion = 1,
            }, CognitoJson.Default.UserPoolDomain);
        });
        return new CreateUserPoolDomainResponse { ManagedLoginVersion = 1 };
    }

    public ValueTask<DescribeUserPoolDomainResponse> DescribeUserPoolDomain(DescribeUserPoolDomainRequest request, Call call) => installation.Store.Read(async tx =>
    {
        var at = await tx.Get(Keys.DomainPointer(call.Region, request.Domain), CognitoJson.Default.PoolPointer);
        var domain = at is null || at.Account != call.Account ? null : await tx.Get(Keys.Domain(at.Pool), CognitoJson.Default.UserPoolDomain);
        return new DescribeUserPoolDomainResponse { DomainDescription = domain ?? new UserPoolDomain() };
    });

    public async ValueTask<Empty> DeleteUserPoolDomain(DeleteUserPoolDomainRequest request, Call call)
    {
        await installation.Store.Write(async tx =>
        {
            var pool = await UserPools.Get(tx, call, request.UserPoolId);
            if ((await tx.Get(Keys.Domain(pool.Ref), CognitoJson.Default.UserPoolDomain))?.Domain != request.Domain)
                throw Errors.Parameter("No such domain or user pool exists.");
            tx.Delete(Keys.DomainPointer(call.Region, request.Domain));
            tx.Delete(Keys.Domain(pool.Ref));
        });
        return Empty.Value;
    }

    [GeneratedRegex("^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$")]
    private static partial Regex Prefix();
}
