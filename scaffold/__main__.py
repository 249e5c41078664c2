from scaffold.commands import main

main()
