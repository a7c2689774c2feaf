using Galley.Wire;

namespace Galley.Ssm;

/// <summary>
/// Systems Manager's Parameter Store, and nothing else of Systems Manager: what CDK's bootstrap, template parameters and functions read.
/// AWS: AmazonSSM, awsJson 1.1.
/// </summary>
internal sealed class SsmService : IService
{
    private readonly Parameters _parameters;

    public SsmService(Installation installation)
    {
        _parameters = new Parameters(installation);
        Scanners = [new ParameterScan(installation).Scanner];
        Apis = [Api(_parameters, new ParameterReading(installation, _parameters), new ParameterTags(installation))];
    }

    public IEnumerable<AwsService> Apis { get; }

    public IEnumerable<IResourceHandler> Resources => [new ParameterResource(_parameters)];

    public IEnumerable<ResourceScanner> Scanners { get; }

    public static string ArnOf(string name, Call call) => call.Arn("ssm", "parameter/" + name.TrimStart('/'));

    /// <summary>The value of a parameter that is no secret; null when there is none such.</summary>
    public ValueTask<string?> Plain(string name, string? version, Call call) => _parameters.Plain(name, version, call);

    private static JsonService Api(Parameters parameters, ParameterReading reading, ParameterTags tags)
    {
        var api = new JsonService("ssm", Protocol.AwsJson11, () => SsmJson.Default, "AmazonSSM");
        api.Later(() =>
        {
            api.Add<PutParameterRequest, PutParameterResponse>(parameters.PutParameter, (r, call) => ArnOf(r.Name, call));
            api.Add<DeleteParameterRequest, Empty>(parameters.DeleteParameter, (r, call) => ArnOf(r.Name, call));
            api.Add<DeleteParametersRequest, DeleteParametersResponse>(parameters.DeleteParameters, (r, call) => ArnOf(r.Names[0], call), also: (r, call) => r.Names.Skip(1).Select(name => ("ssm:DeleteParameters", ArnOf(name, call))));
            api.Add<GetParameterRequest, GetParameterResponse>(reading.GetParameter, (r, call) => ArnOf(ParameterReading.NameOf(r.Name), call));
            api.Add<GetParametersRequest, GetParametersResponse>(reading.GetParameters, (r, call) => ArnOf(ParameterReading.NameOf(r.Names[0]), call),
                also: (r, call) => r.Names.Skip(1).Select(name => ("ssm:GetParameters", ArnOf(ParameterReading.NameOf(name), call))));
            api.Add<GetParametersByPathRequest, GetParametersByPathResponse>(reading.GetParametersByPath, (r, call) => ArnOf(r.Path, call));
            api.Add<GetParameterHistoryRequest, GetParameterHistoryResponse>(reading.GetParameterHistory, (r, call) => ArnOf(r.Name, call));
            api.Add<DescribeParametersRequest, DescribeParametersResponse>(reading.DescribeParameters);
            api.Add<AddTagsRequest, Empty>(tags.AddTagsToResource, (r, call) => ArnOf(r.ResourceId, call));
            api.Add<RemoveTagsRequest, Empty>(tags.RemoveTagsFromResource, (r, call) => ArnOf(r.ResourceId, call));
            api.Add<TagsRequest, TagsResponse>(tags.ListTagsForResource, (r, call) => ArnOf(r.ResourceId, call));
        });
        api.TagsOf = tags.TagsOf;
        return api;
    }
}
