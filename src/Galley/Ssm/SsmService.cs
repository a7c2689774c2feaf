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
        Apis = [Api(_parameters, new ParameterReading(installation, _parameters), new ParameterTags(installation))];
    }

    public IEnumerable<AwsService> Apis { get; }

    public IEnumerable<IResourceHandler> Resources => [new ParameterResource(_parameters)];

    public static string ArnOf(string name, Call call) => call.Arn("ssm", "parameter/" + name.TrimStart('/'));

    /// <summary>The value of a parameter that is no secret; null when there is none such.</summary>
    public ValueTask<string?> Plain(string name, string? version, Call call) => _parameters.Plain(name, version, call);

    private static JsonService Api(Parameters parameters, ParameterReading reading, ParameterTags tags)
    {
        var json = SsmJson.Default;
        var api = new JsonService("ssm", Protocol.AwsJson11, "AmazonSSM");
        api.Add(json.PutParameterRequest, json.PutParameterResponse, parameters.PutParameter, (r, call) => ArnOf(r.Name, call));
        api.Add(json.DeleteParameterRequest, json.Empty, parameters.DeleteParameter, (r, call) => ArnOf(r.Name, call));
        api.Add(json.DeleteParametersRequest, json.DeleteParametersResponse, parameters.DeleteParameters, (r, call) => ArnOf(r.Names[0], call), also: (r, call) => r.Names.Skip(1).Select(name => ("ssm:DeleteParameters", ArnOf(name, call))));
        api.Add(json.GetParameterRequest, json.GetParameterResponse, reading.GetParameter, (r, call) => ArnOf(ParameterReading.NameOf(r.Name), call));
        api.Add(json.GetParametersRequest, json.GetParametersResponse, reading.GetParameters, (r, call) => ArnOf(ParameterReading.NameOf(r.Names[0]), call),
            also: (r, call) => r.Names.Skip(1).Select(name => ("ssm:GetParameters", ArnOf(ParameterReading.NameOf(name), call))));
        api.Add(json.GetParametersByPathRequest, json.GetParametersByPathResponse, reading.GetParametersByPath, (r, call) => ArnOf(r.Path, call));
        api.Add(json.GetParameterHistoryRequest, json.GetParameterHistoryResponse, reading.GetParameterHistory, (r, call) => ArnOf(r.Name, call));
        api.Add(json.DescribeParametersRequest, json.DescribeParametersResponse, reading.DescribeParameters);
        api.Add(json.AddTagsRequest, json.Empty, tags.AddTagsToResource, (r, call) => ArnOf(r.ResourceId, call));
        api.Add(json.RemoveTagsRequest, json.Empty, tags.RemoveTagsFromResource, (r, call) => ArnOf(r.ResourceId, call));
        api.Add(json.TagsRequest, json.TagsResponse, tags.ListTagsForResource, (r, call) => ArnOf(r.ResourceId, call));
        return api;
    }
}
