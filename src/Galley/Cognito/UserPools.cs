using System.Text.Json;
using Galley.Cognito.SignIn;
using Galley.Store;
using Galley.Wire;

namespace Galley.Cognito;

/// <summary>User pools and their tags. AWS: UpdateUserPool replaces every setting; what is left out falls back to its default.</summary>
internal sealed class UserPools(Installation installation, SigningKeys signing, IEncryptCodes codes)
{
    public async ValueTask<UserPoolResponse> CreateUserPool(CreateUserPoolRequest request, Call call)
    {
        PoolRules.Check(request);
        await RequireKey(request.LambdaConfig?.KMSKeyID, call);
        var at = new PoolRef(call.Account, call.Region, $"{call.Region}_{installation.Ids.Next(9, Ids.Alphanumeric)}");
        var now = installation.Now;
        var pool = PoolRules.Apply(new UserPool
        {
            Id = at.Id,
            Name = request.PoolName,
            Arn = at.Arn,
            CreationDate = now,
            LastModifiedDate = now,
            SchemaAttributes = Schema.Build(request.Schema),
            AliasAttributes = request.AliasAttributes,
            UsernameAttributes = request.UsernameAttributes,
            UsernameConfiguration = request.UsernameConfiguration,
        }, request);
        // RSA keys take long to find; nobody else should wait for them inside the write.
        var keys = await signing.Make(at);
        await installation.Store.Write(tx =>
        {
            tx.Put(Keys.Pool(at), pool, CognitoJson.Default.UserPool);
            tx.Put(Keys.SigningKeys(at), keys, CognitoJson.Default.StoredKeys);
            tx.Put(Keys.PoolPointer(at.Id), new PoolPointer(at.Account, at.Region, at.Id), CognitoJson.Default.PoolPointer);
            return ValueTask.CompletedTask;
        });
        return new UserPoolResponse { UserPool = pool.Described() };
    }

    public ValueTask<UserPoolResponse> DescribeUserPool(OnPoolRequest request, Call call) => installation.Store.Read(async tx =>
    {
        var pool = await Get(tx, call, request.UserPoolId);
        var users = 0;
        await foreach (var _ in tx.Range(Keys.Users(pool.Ref), Key.After(Keys.Users(pool.Ref)))) users++;
        return new UserPoolResponse
        {
            UserPool = pool.Described() with { EstimatedNumberOfUsers = users, Domain = (await tx.Get(Keys.Domain(pool.Ref), CognitoJson.Default.UserPoolDomain))?.Domain, CustomDomain = (await tx.Get(Keys.CustomDomain(pool.Ref), CognitoJson.Default.UserPoolDomain))?.Domain },
        };
    });

    public async ValueTask<Empty> UpdateUserPool(UpdateUserPoolRequest request, Call call)
    {
        PoolRules.Check(request);
        var key = (await installation.Store.Read(tx => Get(tx, call, request.UserPoolId))).LambdaConfig?.KMSKeyID;
        if (request.LambdaConfig?.KMSKeyID != key) await RequireKey(request.LambdaConfig?.KMSKeyID, call);
        await installation.Store.Write(async tx =>
        {
            var pool = await Get(tx, call, request.UserPoolId);
            var settings = request.UserPoolTags is null ? request with { UserPoolTags = pool.UserPoolTags } : request;
            if (request.MfaConfiguration is "ON" or "OPTIONAL" && request.SmsConfiguration is null && pool.TotpMfa?.Enabled != true && pool.EmailMfa is null) throw PoolRules.NoSms();
            Put(tx, PoolRules.Apply(pool, settings) with { Name = request.PoolName ?? pool.Name });
        });
        return Empty.Value;
    }

    /// <summary>A key that the pool is given; one that it has, it keeps.</summary>
    private async ValueTask RequireKey(string? keyArn, Call call)
    {
        if (keyArn is null) return;
        try
        {
            await codes.RequireKey(keyArn, call);
        }
        catch (AwsError e) when (e.Code != "AccessDeniedException")
        {
            throw Errors.Parameter($"LambdaConfig.KMSKeyID cannot be used: {e.Message}");
        }
    }

    public async ValueTask<Empty> DeleteUserPool(OnPoolRequest request, Call call)
    {
        await installation.Store.Write(async tx =>
        {
            var pool = await Get(tx, call, request.UserPoolId);
            if (pool.DeletionProtection == "ACTIVE")
                throw Errors.Parameter("The user pool cannot be deleted because deletion protection is activated. Deletion protection must be inactivated first.");
            if (await tx.Get(Keys.Domain(pool.Ref)) is not null || await tx.Get(Keys.CustomDomain(pool.Ref)) is not null)
                throw Errors.Parameter("User pool cannot be deleted. It has a domain configured that should be deleted first.");
            foreach (var client in await tx.List(Keys.Clients(pool.Ref), CognitoJson.Default.UserPoolClient)) tx.Delete(Keys.ClientPointer(client.ClientId));
            await tx.DeleteAll(Keys.Inside(pool.Ref));
            tx.Delete(Keys.Pool(pool.Ref));
            tx.Delete(Keys.PoolPointer(pool.Id));
        });
        signing.Forget(request.UserPoolId);
        return Empty.Value;
    }

    public ValueTask<ListUserPoolsResponse> ListUserPools(ListUserPoolsRequest request, Call call)
    {
        if (request.MaxResults is < 1 or > 60) throw Errors.Constraint($"{request.MaxResults}", "maxResults", request.MaxResults < 1 ? "Member must have value greater than or equal to 1" : "Member must have value less than or equal to 60");
        return installation.Store.Read(async tx =>
        {
            var page = await Page.Read(tx, Keys.Pools(call.Account, call.Region), CognitoJson.Default.UserPool, request.MaxResults, request.NextToken);
            return new ListUserPoolsResponse
            {
                UserPools = [.. page.Items.Select(pool => new UserPoolDescription { Id = pool.Id, Name = pool.Name, LambdaConfig = pool.LambdaConfig!, CreationDate = pool.CreationDate, LastModifiedDate = pool.LastModifiedDate })],
                NextToken = page.Next,
            };
        });
    }

    public async ValueTask<Empty> AddCustomAttributes(AddCustomAttributesRequest request, Call call)
    {
        await installation.Store.Write(async tx =>
        {
            var pool = await Get(tx, call, request.UserPoolId);
            Put(tx, pool with { SchemaAttributes = Schema.Extend(pool.SchemaAttributes, request.CustomAttributes) });
        });
        return Empty.Value;
    }

    public async ValueTask<Empty> TagResource(TagResourceRequest request, Call call)
    {
        await Tag(call, request.ResourceArn, tags =>
        {
            foreach (var (key, value) in request.Tags) tags[key] = value;
        });
        return Empty.Value;
    }

    public async ValueTask<Empty> UntagResource(UntagResourceRequest request, Call call)
    {
        await Tag(call, request.ResourceArn, tags =>
        {
            foreach (var key in request.TagKeys) tags.Remove(key);
        });
        return Empty.Value;
    }

    /// <summary>Tags for IAM; null for what is not there.</summary>
    public async ValueTask<IReadOnlyDictionary<string, string>?> TagsOf(string resource, Call call)
        => (await installation.Store.Read(tx => Find(tx, new PoolRef(call.Account, call.Region, PoolOf(resource)))))?.UserPoolTags;

    public ValueTask<ListTagsForResourceResponse> ListTagsForResource(ListTagsForResourceRequest request, Call call)
        => installation.Store.Read(async tx => new ListTagsForResourceResponse { Tags = (await Get(tx, call, PoolOf(request.ResourceArn))).UserPoolTags! });

    /// <summary>The pool in the call's account and region.</summary>
    public static async ValueTask<UserPool> Get(ISnapshot tx, Call call, string poolId) => await Get(tx, new PoolRef(call.Account, call.Region, poolId));

    public static async ValueTask<UserPool> Get(ISnapshot tx, PoolRef pool) => await Find(tx, pool) ?? throw Errors.PoolNotFound(pool.Id);

    /// <summary>Where the pool is that an id, a client or a domain names; null for none.</summary>
    /// <param name="tx">Where to look.</param>
    /// <param name="key">One of the pointers in <see cref="Keys"/>.</param>
    public static ValueTask<PoolPointer?> Pointer(ISnapshot tx, byte[] key) => tx.Kept(key, static stored => JsonSerializer.Deserialize(stored, CognitoJson.Default.PoolPointer)!);

    public static ValueTask<UserPool?> Find(ISnapshot tx, PoolRef pool) => tx.Kept(Keys.Pool(pool), static stored => JsonSerializer.Deserialize(stored, CognitoJson.Default.UserPool)!);

    private ValueTask Tag(Call call, string arn, Action<Dictionary<string, string>> change) => installation.Store.Write(async tx =>
    {
        var pool = await Get(tx, call, PoolOf(arn));
        var tags = new Dictionary<string, string>(pool.UserPoolTags!);
        change(tags);
        Put(tx, pool with { UserPoolTags = tags });
    });

    private void Put(ITransaction tx, UserPool pool) => tx.Put(Keys.Pool(pool.Ref), pool with { LastModifiedDate = installation.Now }, CognitoJson.Default.UserPool);

    private static string PoolOf(string arn) => arn[(arn.LastIndexOf('/') + 1)..];
}
