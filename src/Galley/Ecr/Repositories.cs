using System.Text.RegularExpressions;
using Galley.Store;
using Galley.Wire;

namespace Galley.Ecr;

/// <summary>Repositories: made, described, given policies, deleted. None ever holds an image.</summary>
internal sealed partial class Repositories(Installation installation)
{
    public static string ArnOf(string name, Call call) => call.Arn("ecr", "repository/" + name);

    public ValueTask<RepositoryResponse> CreateRepository(CreateRepositoryRequest request, Call call)
    {
        if (request.RepositoryName.Length is < 2 or > 256 || !Name().IsMatch(request.RepositoryName))
            throw Errors.InvalidParameter($"Invalid parameter at 'repositoryName' failed to satisfy constraint: 'must satisfy regular expression '{Pattern}''");
        if (request.ImageTagMutability is not (null or "MUTABLE" or "IMMUTABLE")) throw Errors.InvalidParameter($"Galley does not support the image tag mutability {request.ImageTagMutability}.");
        if (request.EncryptionConfiguration is { EncryptionType: not "AES256" } other) throw Errors.InvalidParameter($"Galley does not support the encryption type {other.EncryptionType}.");
        return installation.Store.Write(async transaction =>
        {
            if (await transaction.Get(Keys.Repository(call, request.RepositoryName)) is not null) throw Errors.RepositoryAlreadyExists(request.RepositoryName, call);
            var record = new RepositoryRecord
            {
                Name = request.RepositoryName,
                Created = installation.Now,
                ImageTagMutability = request.ImageTagMutability ?? "MUTABLE",
                ScanOnPush = request.ImageScanningConfiguration?.ScanOnPush ?? false,
                Tags = request.Tags,
            };
            Put(transaction, record, call);
            return new RepositoryResponse(Show(record, call));
        });
    }

    public async ValueTask<DescribeRepositoriesResponse> DescribeRepositories(DescribeRepositoriesRequest request, Call call)
    {
        if (request.RegistryId is { } other && other != call.Account) throw Errors.OtherRegistry(other);
        var all = await installation.Store.Read(snapshot => snapshot.List(Keys.Repositories(call), EcrJson.Default.RepositoryRecord));
        if (request.RepositoryNames is not { Count: > 0 } names) return new DescribeRepositoriesResponse([.. all.Select(record => Show(record, call))]);
        return new DescribeRepositoriesResponse([.. names.Select(name => Show(all.Find(record => record.Name == name) ?? throw Errors.RepositoryNotFound(name, call), call))]);
    }

    public ValueTask<RepositoryResponse> DeleteRepository(DeleteRepositoryRequest request, Call call) => installation.Store.Write(async transaction =>
    {
        var record = await Require(transaction, request.RepositoryName, call);
        transaction.Delete(Keys.Repository(call, record.Name));
        return new RepositoryResponse(Show(record, call));
    });

    public async ValueTask<LifecyclePolicyResponse> PutLifecyclePolicy(PolicyRequest request, Call call)
    {
        var text = request.LifecyclePolicyText ?? throw Errors.InvalidParameter("Invalid parameter at 'lifecyclePolicyText' failed to satisfy constraint: 'must not be null'");
        await Change(request.RepositoryName, record => record with { LifecyclePolicy = text }, call);
        return new LifecyclePolicyResponse(call.Account, request.RepositoryName, text);
    }

    public async ValueTask<LifecyclePolicyResponse> GetLifecyclePolicy(RepositoryRequest request, Call call)
        => new(call.Account, request.RepositoryName, (await Find(request.RepositoryName, call)).LifecyclePolicy ?? throw Errors.LifecyclePolicyNotFound(request.RepositoryName, call));

    public async ValueTask<LifecyclePolicyResponse> DeleteLifecyclePolicy(RepositoryRequest request, Call call)
    {
        var was = await GetLifecyclePolicy(request, call);
        await Change(request.RepositoryName, record => record with { LifecyclePolicy = null }, call);
        return was;
    }

    public async ValueTask<RepositoryPolicyResponse> SetRepositoryPolicy(PolicyRequest request, Call call)
    {
        var text = request.PolicyText ?? throw Errors.InvalidParameter("Invalid parameter at 'policyText' failed to satisfy constraint: 'must not be null'");
        await Change(request.RepositoryName, record => record with { Policy = text }, call);
        return new RepositoryPolicyResponse(call.Account, request.RepositoryName, text);
    }

    public async ValueTask<RepositoryPolicyResponse> GetRepositoryPolicy(RepositoryRequest request, Call call)
        => new(call.Account, request.RepositoryName, (await Find(request.RepositoryName, call)).Policy ?? throw Errors.RepositoryPolicyNotFound(request.RepositoryName, call));

    public async ValueTask<RepositoryPolicyResponse> DeleteRepositoryPolicy(RepositoryRequest request, Call call)
    {
        var was = await GetRepositoryPolicy(request, call);
        await Change(request.RepositoryName, record => record with { Policy = null }, call);
        return was;
    }

    public async ValueTask<ListImagesResponse> ListImages(RepositoryRequest request, Call call)
    {
        await Find(request.RepositoryName, call);
        return new ListImagesResponse([]);
    }

    public async ValueTask<TagsResponse> ListTagsForResource(ResourceArnRequest request, Call call)
        => new((await Find(request.ResourceArn[(request.ResourceArn.IndexOf('/', StringComparison.Ordinal) + 1)..], call)).Tags ?? []);

    /// <summary>Tags for IAM; null for what is not there.</summary>
    public async ValueTask<IReadOnlyDictionary<string, string>?> TagsOf(string resource, Call call)
        => Arn.TryParse(resource, out var arn) && arn.Resource.StartsWith("repository/", StringComparison.Ordinal)
           && await installation.Store.Read(snapshot => snapshot.Get(Keys.Repository(call, arn.Resource["repository/".Length..]), EcrJson.Default.RepositoryRecord)) is { } record
            ? (record.Tags ?? []).ToDictionary(tag => tag.Key, tag => tag.Value)
            : null;

    /// <summary>Sets what may change of a repository that exists.</summary>
    public ValueTask Change(string name, Func<RepositoryRecord, RepositoryRecord> change, Call call) => installation.Store.Write(async transaction =>
        Put(transaction, change(await Require(transaction, name, call)), call));

    private ValueTask<RepositoryRecord> Find(string name, Call call) => installation.Store.Read(snapshot => Require(snapshot, name, call));

    private static async ValueTask<RepositoryRecord> Require(ISnapshot snapshot, string name, Call call)
        => await snapshot.Get(Keys.Repository(call, name), EcrJson.Default.RepositoryRecord) ?? throw Errors.RepositoryNotFound(name, call);

    private static void Put(ITransaction transaction, RepositoryRecord record, Call call) => transaction.Put(Keys.Repository(call, record.Name), record, EcrJson.Default.RepositoryRecord);

    private static Repository Show(RepositoryRecord record, Call call) => new()
    {
        RepositoryArn = ArnOf(record.Name, call),
        RegistryId = call.Account,
        RepositoryName = record.Name,
        RepositoryUri = $"{call.Account}.dkr.ecr.{call.Region}.amazonaws.com/{record.Name}",
        CreatedAt = record.Created.ToUnixTimeSeconds(),
        ImageTagMutability = record.ImageTagMutability,
        ImageScanningConfiguration = new ScanningConfiguration(record.ScanOnPush),
        EncryptionConfiguration = new EncryptionConfiguration("AES256"),
    };

    private const string Pattern = "(?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*";

    [GeneratedRegex("^" + Pattern + "$", RegexOptions.NonBacktracking)]
    private static partial Regex Name();
}
