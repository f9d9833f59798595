"""Files from elsewhere: archives found, downloaded, verified and extracted, and tables read from them."""
