using Galley.Tests.Docs;

namespace Galley.Tests.Server;

/// <summary>The unchanged `aws` CLI, led here by what `galley env` prints and nothing else.</summary>
public class AwsCliTests
{
    [Fact]
    public async Task The_aws_cli_works_with_nothing_but_what_galley_env_prints()
    {
        using var place = new Workplace();
        await Snippets.NeedsAwsCli(place);
        await using var program = await place.Start();
        place.Write("env.sh", (await place.Galley("env", "--port", program.PortText)).Out);
        place.Write("trust.json", """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}""");
        place.Write("f.py", "import json\ndef handler(event, context):\n    print('seen', event['n'])\n    return {'twice': event['n'] * 2}\n");
        place.Write("event.json", """{"n":21}""");
        place.Write("site/index.html", "<h1>hello</h1>");
        place.Write("site/deep/a b.txt", "text");
        place.Write("template.yaml", """
            AWSTemplateFormatVersion: '2010-09-09'
            Parameters:
              Key: { Type: String }
            Resources:
              Table:
                Type: AWS::DynamoDB::Table
                Properties:
                  BillingMode: PAY_PER_REQUEST
                  AttributeDefinitions: [{ AttributeName: !Ref Key, AttributeType: S }]
                  KeySchema: [{ AttributeName: !Ref Key, KeyType: HASH }]
            Outputs:
              Table: { Value: !Ref Table }
            """);

        await Does(place, "sts", """
            aws sts get-caller-identity --query Arn --output text
            """, "arn:aws:iam::000000000000:root");
        await Does(place, "dynamodb", """
            aws dynamodb create-table --table-name things --billing-mode PAY_PER_REQUEST --attribute-definitions AttributeName=id,AttributeType=S --key-schema AttributeName=id,KeyType=HASH > /dev/null
            aws dynamodb wait table-exists --table-name things
            aws dynamodb put-item --table-name things --item '{"id":{"S":"1"},"n":{"N":"42"}}'
            aws dynamodb scan --table-name things --query 'Items[].n.N' --output text
            """, "42");
        await Does(place, "s3", """
            aws s3 mb s3://site > /dev/null
            aws s3 sync --quiet site s3://site/www
            aws s3 cp --quiet s3://site/www/index.html - ; echo
            aws s3 cp --quiet template.yaml s3://site/template.yaml
            aws s3 ls --recursive s3://site | awk '{print $4 $5}'
            """, "<h1>hello</h1>\ntemplate.yaml\nwww/deep/ab.txt\nwww/index.html");
        await Does(place, "iam, lambda and logs", """
            aws iam create-role --role-name r --assume-role-policy-document file://trust.json > /dev/null
            aws iam attach-role-policy --role-name r --policy-arn arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole
            python3 -m zipfile -c f.zip f.py
            aws lambda create-function --function-name f --runtime python3.12 --handler f.handler --role "$(aws iam get-role --role-name r --query Role.Arn --output text)" --zip-file fileb://f.zip > /dev/null
            aws lambda wait function-active-v2 --function-name f
            aws lambda invoke --function-name f --payload fileb://event.json --log-type Tail --query LogResult --output text out.json | base64 -d | grep -o 'seen 21'
            cat out.json; echo
            aws logs filter-log-events --log-group-name /aws/lambda/f --filter-pattern seen --query 'events[].message' --output text
            """, "seen 21\n{\"twice\": 42}\nseen 21");
        await Does(place, "cognito", """
            aws cognito-idp create-user-pool --pool-name people > /dev/null
            aws cognito-idp list-user-pools --max-results 10 --query 'UserPools[].Name' --output text
            """, "people");
        await Does(place, "cloudformation", """
            aws cloudformation deploy --stack-name s --template-file template.yaml --parameter-overrides Key=pk > /dev/null
            aws dynamodb describe-table --table-name "$(aws cloudformation describe-stacks --stack-name s --query 'Stacks[0].Outputs[0].OutputValue' --output text)" --query 'Table.KeySchema[0].AttributeName' --output text
            aws cloudformation deploy --stack-name s --template-file template.yaml --parameter-overrides Key=pk --no-fail-on-empty-changeset 2>&1 | grep -o 'No changes'
            """, "pk\nNo changes");

        var wrong = await Shell(place, "AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY aws sts get-caller-identity");
        Assert.NotEqual(0, wrong.Code);
        Assert.Contains("SignatureDoesNotMatch", wrong.Error, StringComparison.Ordinal);
        wrong = await Shell(place, "AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE aws s3 ls");
        Assert.NotEqual(0, wrong.Code);
        Assert.Contains("InvalidAccessKeyId", wrong.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Env_prints_a_profile_and_powershell_too()
    {
        using var place = new Workplace();
        await using var program = await place.Start("--region", "eu-central-1");
        var keys = await program.Environment();
        Assert.Equal(["AWS_ACCESS_KEY_ID", "AWS_CA_BUNDLE", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_CLOUDFRONT_KEYVALUESTORE", "AWS_ENDPOINT_URL_S3_CONTROL", "AWS_REGION", "AWS_SECRET_ACCESS_KEY"], keys.Keys.Order());
        Assert.Equal(("eu-central-1", $"http://127.0.0.1:{program.PortText}"), (keys["AWS_REGION"], keys["AWS_ENDPOINT_URL"]));
        Assert.Contains("BEGIN CERTIFICATE", await File.ReadAllTextAsync(keys["AWS_CA_BUNDLE"]), StringComparison.Ordinal);

        var powershell = await place.Galley("env", "--powershell", "--port", program.PortText);
        Assert.Equal(
            [.. keys.Select(pair => $"$env:{pair.Key} = '{pair.Value}'").Order(), "Remove-Item -ErrorAction Ignore Env:AWS_SESSION_TOKEN, Env:AWS_PROFILE"],
            powershell.Out.TrimEnd().Split(Environment.NewLine).Order());

        var profile = await place.Galley("env", "--profile", "galley", "--port", program.PortText);
        Assert.Equal((0, ""), (profile.Code, profile.Error));
        place.Write("aws-config", profile.Out);
        place.Write("env.sh", "");
        await Snippets.NeedsAwsCli(place);
        await Does(place, "profile", "aws --profile galley sts get-caller-identity --query Account --output text", "000000000000");
    }

    private static async Task Does(Workplace place, string what, string script, string expected)
    {
        var ended = await Shell(place, script);
        Assert.True(ended.Code == 0 && ended.Out.Replace("\r", "", StringComparison.Ordinal).Trim() == expected, $"{what} ended with {ended.Code}\n{ended.Out}\n{ended.Error}");
    }

    private static Task<Ended> Shell(Workplace place, string script) => place.Run("bash", "-c", Snippets.Prelude + ". ./env.sh\n" + script);
}
