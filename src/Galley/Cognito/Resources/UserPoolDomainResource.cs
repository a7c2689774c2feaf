using Galley.Wire;

namespace Galley.Cognito.Resources;

/// <summary>`AWS::Cognito::UserPoolDomain`: a prefix, or a custom domain.</summary>
internal sealed class UserPoolDomainResource(Domains domains) : IResourceHandler
{
    public string Type => "AWS::Cognito::UserPoolDomain";

    public IReadOnlySet<string> ReplaceOn { get; } = new HashSet<string> { "Domain", "UserPoolId" };

    public async ValueTask<Resource> Create(ResourceRequest request, Call call)
    {
        var wanted = request.Read(CognitoJson.Default.CreateUserPoolDomainRequest);
        await domains.CreateUserPoolDomain(wanted, call);
        return await Made(wanted.Domain, call);
    }

    public async ValueTask<Resource> Update(ResourceRequest request, Call call)
    {
        var wanted = request.Read(CognitoJson.Default.CreateUserPoolDomainRequest);
        await domains.UpdateUserPoolDomain(new UpdateUserPoolDomainRequest { UserPoolId = wanted.UserPoolId, Domain = wanted.Domain, CustomDomainConfig = wanted.CustomDomainConfig, ManagedLoginVersion = wanted.ManagedLoginVersion }, call);
        return await Made(request.PhysicalId, call);
    }

    public ValueTask Delete(ResourceRequest request, Call call)
        => Properties.Gone(() => domains.DeleteUserPoolDomain(new DeleteUserPoolDomainRequest { UserPoolId = request.Pool(), Domain = request.PhysicalId }, call));

    private async ValueTask<Resource> Made(string domain, Call call)
    {
        var described = (await domains.DescribeUserPoolDomain(new DescribeUserPoolDomainRequest { Domain = domain }, call)).DomainDescription;
        return new Resource(domain, new Dictionary<string, string> { ["CloudFrontDistribution"] = described.CloudFrontDistribution ?? "" });
    }
}
