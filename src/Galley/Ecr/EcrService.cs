using Galley.Wire;

namespace Galley.Ecr;

/// <summary>
/// Elastic Container Registry's repositories as templates make them (CDK's bootstrap makes one). Images are neither taken nor given:
/// functions run without containers, so every operation on images but the empty lists is refused.
/// AWS: AmazonEC2ContainerRegistry_V20150921, awsJson 1.1.
/// </summary>
internal sealed class EcrService : IService
{
    private readonly Repositories _repositories;

    public EcrService(Installation installation)
    {
        _repositories = new Repositories(installation);
        Apis = [Api(_repositories)];
        Scanners = [new RepositoryScan(installation).Scanner];
    }

    public IEnumerable<AwsService> Apis { get; }

    public IEnumerable<IResourceHandler> Resources => [new RepositoryResource(_repositories)];

    public IEnumerable<ResourceScanner> Scanners { get; }

    private static JsonService Api(Repositories repositories)
    {
        var api = new JsonService("ecr", Protocol.AwsJson11, () => EcrJson.Default, "AmazonEC2ContainerRegistry_V20150921") { InvalidParameterCode = "InvalidParameterException" };
        api.Later(() =>
        {
            api.Add<CreateRepositoryRequest, RepositoryResponse>(repositories.CreateRepository, Arn);
            api.Add<DescribeRepositoriesRequest, DescribeRepositoriesResponse>(repositories.DescribeRepositories);
            api.Add<DeleteRepositoryRequest, RepositoryResponse>(repositories.DeleteRepository, Arn);
            api.Add<PolicyRequest, LifecyclePolicyResponse>(repositories.PutLifecyclePolicy, Arn);
            api.Add<RepositoryRequest, LifecyclePolicyResponse>(repositories.GetLifecyclePolicy, Arn);
            api.Add<RepositoryRequest, LifecyclePolicyResponse>(repositories.DeleteLifecyclePolicy, Arn);
            api.Add<PolicyRequest, RepositoryPolicyResponse>(repositories.SetRepositoryPolicy, Arn);
            api.Add<RepositoryRequest, RepositoryPolicyResponse>(repositories.GetRepositoryPolicy, Arn);
            api.Add<RepositoryRequest, RepositoryPolicyResponse>(repositories.DeleteRepositoryPolicy, Arn);
            api.Add<RepositoryRequest, ListImagesResponse>(repositories.ListImages, Arn);
            api.Add<ResourceArnRequest, TagsResponse>(repositories.ListTagsForResource, (r, _) => r.ResourceArn);
        });
        api.TagsOf = repositories.TagsOf;
        return api;

        static string Arn(RepositoryRequest request, Call call)
            => request.RegistryId is null || request.RegistryId == call.Account ? Repositories.ArnOf(request.RepositoryName, call) : throw Errors.OtherRegistry(request.RegistryId);
    }
}
