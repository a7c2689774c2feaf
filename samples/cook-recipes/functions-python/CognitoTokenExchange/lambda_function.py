import os

import requests

# The tutorial writes these four into the code; the environment may override them.
token_url = os.environ.get("TOKEN_URL", "https://cook-recipes-app.auth.eu-west-2.amazoncognito.com/oauth2/token")
callback_uri = os.environ.get("REDIRECT_URI", "https://www.google.com/authenticate")
client_id = os.environ.get("CLIENT_ID", "")
client_secret = os.environ.get("CLIENT_SECRET", "")


def lambda_handler(event, context):
    data = {
        "grant_type": "authorization_code",
        "code": event["pathParameters"]["code"],
        "redirect_uri": callback_uri,
    }
    response = requests.post(token_url, data=data, allow_redirects=False, auth=(client_id, client_secret))
    return response.json()
