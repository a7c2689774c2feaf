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
    }

    public IEnumerable<AwsService> Apis { get; }

    public IEnumerable<IResourceHandler> Resources => [new RepositoryResource(_repositories)];

    private static JsonService Api(Repositories repositories)
    {
        var json = EcrJson.Default;
        var api = new JsonService("ecr", Protocol.AwsJson11, "AmazonEC2ContainerRegistry_V20150921") { InvalidParameterCode = "InvalidParameterException" };
        api.Add(json.CreateRepositoryRequest, json.RepositoryResponse, repositories.CreateRepository, Arn);
        api.Add(json.DescribeRepositoriesRequest, json.DescribeRepositoriesResponse, repositories.DescribeRepositories);
        api.Add(json.DeleteRepositoryRequest, json.RepositoryResponse, repositories.DeleteRepository, Arn);
        api.Add(json.PolicyRequest, json.LifecyclePolicyResponse, repositories.PutLifecyclePolicy, Arn);
        api.Add(json.RepositoryRequest, json.LifecyclePolicyResponse, repositories.GetLifecyclePolicy, Arn);
        api.Add(json.RepositoryRequest, json.LifecyclePolicyResponse, repositories.DeleteLifecyclePolicy, Arn);
        api.Add(json.PolicyRequest, json.RepositoryPolicyResponse, repositories.SetRepositoryPolicy, Arn);
        api.Add(json.RepositoryRequest, json.RepositoryPolicyResponse, repositories.GetRepositoryPolicy, Arn);
        api.Add(json.RepositoryRequest, json.RepositoryPolicyResponse, repositories.DeleteRepositoryPolicy, Arn);
        api.Add(json.RepositoryRequest, json.ListImagesResponse, repositories.ListImages, Arn);
        api.Add(json.ResourceArnRequest, json.TagsResponse, repositories.ListTagsForResource, (r, _) => r.ResourceArn);
        return api;

        static string Arn(RepositoryRequest request, Call call)
            => request.RegistryId is null || request.RegistryId == call.Account ? Repositories.ArnOf(request.RepositoryName, call) : throw Errors.OtherRegistry(request.RegistryId);
    }
}
