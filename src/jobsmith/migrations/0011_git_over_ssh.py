from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('jobsmith', '0010_git_credentials'),
    ]

    operations = [
        migrations.AlterField(
            model_name='gitrepository',
            name='remote_url',
            field=models.CharField(max_length=255),
        ),
        migrations.AddField(
            model_name='gitrepository',
            name='sealed_key',
            field=models.TextField(blank=True, editable=False),
        ),
        migrations.AddField(
            model_name='gitrepository',
            name='host_key',
            field=models.CharField(blank=True, max_length=1000),
        ),
    ]
