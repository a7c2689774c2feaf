using Galley.Store;
using Galley.Wire;

namespace Galley.S3;

/// <summary>Block Public Access, of a bucket and (S3 Control) of the whole account; the stricter of both counts.</summary>
internal sealed class PublicAccess(IStore store, Settings settings, Access access)
{
    public async ValueTask<Reply> PutPublicAccessBlock(S3Request request, Call call)
    {
        var block = await Read(request, call);
        await settings.Change(request.Bucket, call, bucket => bucket with { PublicAccessBlock = block });
        return new Reply();
    }

    public async ValueTask<Reply> GetPublicAccessBlock(S3Request request, Call call)
    {
        var bucket = await settings.Get(request, call);
        return Write(bucket.PublicAccessBlock ?? throw Errors.Never("NoSuchPublicAccessBlockConfiguration", "The public access block configuration was not found", bucket.Name));
    }

    public async ValueTask<Reply> DeletePublicAccessBlock(S3Request request, Call call)
    {
        await settings.Change(request.Bucket, call, bucket => bucket with { PublicAccessBlock = null });
        return new Reply(204);
    }

    public async ValueTask<Reply> PutAccountPublicAccessBlock(S3Request request, Call call)
    {
        S3Control.RequireOwn(request, call);
        var block = await Read(request, call);
        await store.Write(tx =>
        {
            tx.Put(Keys.Account(call.Account), block, S3Json.Default.PublicAccessBlock);
            return ValueTask.CompletedTask;
        });
        return new Reply(201);
    }

    public async ValueTask<Reply> GetAccountPublicAccessBlock(S3Request request, Call call)
    {
        S3Control.RequireOwn(request, call);
        return Write(await access.AccountBlock() ?? throw new AwsError("NoSuchPublicAccessBlockConfiguration", "The public access block configuration was not found", 404).With("AccountId", call.Account));
    }

    public async ValueTask<Reply> DeleteAccountPublicAccessBlock(S3Request request, Call call)
    {
        S3Control.RequireOwn(request, call);
        await store.Write(tx =>
        {
            tx.Delete(Keys.Account(call.Account));
            return ValueTask.CompletedTask;
        });
        return new Reply(204);
    }

    private static async ValueTask<PublicAccessBlock> Read(S3Request request, Call call)
    {
        var asked = S3Xml.Parse(await IncomingBody.ReadAll(request, call), "PublicAccessBlockConfiguration")
            .Only("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets");
        return new(asked.Flag("BlockPublicAcls"), asked.Flag("IgnorePublicAcls"), asked.Flag("BlockPublicPolicy"), asked.Flag("RestrictPublicBuckets"));
    }

    private static Reply Write(PublicAccessBlock block) => S3Xml.Answer("PublicAccessBlockConfiguration", writer =>
    {
        writer.Element("BlockPublicAcls", S3Xml.Text(block.BlockPublicAcls));
        writer.Element("IgnorePublicAcls", S3Xml.Text(block.IgnorePublicAcls));
        writer.Element("BlockPublicPolicy", S3Xml.Text(block.BlockPublicPolicy));
        writer.Element("RestrictPublicBuckets", S3Xml.Text(block.RestrictPublicBuckets));
    });
}
